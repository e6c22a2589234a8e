#!/bin/bash
# The systemd unit as it is shipped: systemd understands every line, its sandbox is tight, and the server, started by
# the unit's own command with the unit's credential, answers and needs no system call the unit forbids. And the front's
# configuration: haproxy takes it without a warning.
# Ends with "N passed, N failed".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
readonly bin=${SHANS_BIN:-$PWD/build} unit=.ci/package/shans-server.service
readonly most=20 # exposure in tenths, of 100
work=$(mktemp -d)
chmod 755 "$work"
passed=0 failed=0 pids=()

cleanup() {
    local pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
    wait
    rm -rf "$work"
}
trap cleanup EXIT

check() { # WHAT COMMAND...
    local what=$1
    shift
    if "$@" >"$work/out" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $what"
    else
        failed=$((failed + 1))
        echo "FAILED  $what"
        tail -n 20 "$work/out" | sed 's/^/        /'
    fi
}

within() { # SECONDS COMMAND...
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [[ $SECONDS -lt $until ]] || return 1
        sleep 0.2
    done
}

# The unit with the program of the build folder in place of the installed one.
sed "s|/usr/bin/shans-server|$bin/shans-server|" "$unit" >"$work/shans-server.service"
understood() {
    systemd-analyze verify --man=no "$work/shans-server.service" >"$work/said" 2>&1
    local status=$?
    cat "$work/said"
    [[ $status -eq 0 ]] && ! grep -q shans-server "$work/said"
}
check 'systemd understands every line of the unit' understood
spoiled_is_noticed() {
    mkdir -p "$work/spoiled"
    sed 's/^ProtectSystem=/ProtectSistem=/' "$work/shans-server.service" >"$work/spoiled/shans-server.service"
    systemd-analyze verify --man=no "$work/spoiled/shans-server.service" 2>&1 | grep -q ProtectSistem
}
check 'a misspelt line would be noticed' spoiled_is_noticed

exposure() { systemd-analyze security --offline=true --no-pager --threshold="$most" "$1"; }
check "exposure is at most $((most / 10)).$((most % 10))" exposure "$work/shans-server.service"
bare_is_exposed() {
    mkdir -p "$work/bare"
    grep -E '^\[|^Type=|^ExecStart=' "$work/shans-server.service" >"$work/bare/shans-server.service"
    ! exposure "$work/bare/shans-server.service"
}
check 'the same without its sandbox would be refused' bare_is_exposed

# ---- the command of the unit, watched ----

port=$((20000 + RANDOM % 10000))
address=tcp://127.0.0.1:$port
sed -e "s|^listen = .*|listen = $address|" -e "s|^http-port = .*|http-port = $((port + 1))|" .ci/package/server.conf \
    >"$work/server.conf"
mkdir -p "$work/credentials" "$work/state"
read -r -a command < <(sed -n 's/^ExecStart=//p' "$work/shans-server.service")
command=("${command[@]/\/etc\/shans\/server.conf/$work/server.conf}")
answers() { "$bin/shans" --server "$1" server info; }

# Another server's private cluster is the database; where root runs the test, both become its user.
database_is_there() {
    local run=()
    if [[ $EUID -eq 0 ]]; then
        chown -R postgres "$work"
        run=(runuser -u postgres --)
    fi
    "${run[@]}" "$bin/shans-server" serve --embedded "$work/pg" --listen "tcp://127.0.0.1:$((port + 2))" --region 66 \
        >"$work/database.log" 2>&1 &
    pids+=($!)
    within 60 answers "tcp://127.0.0.1:$((port + 2))" || { tail "$work/database.log" && return 1; }
    echo "host=$work/pg/socket dbname=shans user=shans_app" >"$work/credentials/db"
}
check 'a database is there' database_is_there

starts() {
    local run=()
    [[ $EUID -ne 0 ]] || run=(runuser -u postgres --)
    "${run[@]}" env CREDENTIALS_DIRECTORY="$work/credentials" strace -f -qq -c -U name -o "$work/calls" \
        "${command[@]}" >"$work/server.log" 2>&1 &
    pids+=($!)
    within 60 answers "$address" || { tail "$work/server.log" && return 1; }
}
check 'the command of the unit starts a server that answers' starts
stops() {
    local server
    server=$(pgrep -f "^$bin/shans-server serve --config $work/server.conf" | head -n 1)
    kill "$server"
    within 15 test -s "$work/calls"
}
check 'it stops when it is told to' stops

calls_of() { systemd-analyze syscall-filter "$1" 2>/dev/null; }
# expand SET: names of the calls of a set, sets inside it included.
expand() {
    local line
    while read -r line; do
        case $line in
        '' | '#'*) ;;
        @*) [[ $line == "$1" ]] || expand "$line" ;;
        *) echo "$line" ;;
        esac
    done < <(calls_of "$1" | sed 's/^ *//')
}
calls_are_allowed() {
    local filter denied=() allowed=() word
    while read -r filter; do
        if [[ $filter == '~'* ]]; then
            for word in ${filter#\~}; do denied+=("$word"); done
        else
            for word in $filter; do allowed+=("$word"); done
        fi
    done < <(sed -n 's/^SystemCallFilter=//p' "$unit")
    for word in "${allowed[@]}"; do expand "$word"; done | sort -u >"$work/allowed"
    for word in "${denied[@]}"; do expand "$word"; done | sort -u >"$work/denied"
    grep -x '[a-z0-9_]*' "$work/calls" | grep -v -x -E "syscall|total" | sort -u >"$work/used"
    [[ $(wc -l <"$work/used") -gt 30 && $(wc -l <"$work/allowed") -gt 200 ]] || { wc -l "$work"/{used,allowed} && return 1; }
    comm -23 "$work/used" <(comm -23 "$work/allowed" "$work/denied") >"$work/forbidden"
    cat "$work/forbidden"
    [[ ! -s $work/forbidden ]]
}
check 'no system call of the server is forbidden by the unit' calls_are_allowed

front_is_understood() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=front -keyout "$work/front.key" \
        -out "$work/front.crt" 2>/dev/null && cat "$work/front.crt" "$work/front.key" >"$work/front.pem" &&
        sed "s|/tmp/server.pem|$work/front.pem|" .ci/compose/haproxy.cfg >"$work/haproxy.cfg" &&
        SHANS_SERVERS=server haproxy -c -dW -f "$work/haproxy.cfg"
}
check "haproxy understands every line of the front's configuration" front_is_understood
front_spoiled_is_noticed() {
    echo '    no option tcplog' >>"$work/haproxy.cfg"
    ! SHANS_SERVERS=server haproxy -c -dW -f "$work/haproxy.cfg"
}
check 'a line that is none would be noticed' front_spoiled_is_noticed

echo "$passed passed, $failed failed"
exit $((failed > 0))
