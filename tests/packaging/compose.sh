#!/bin/bash
# What docker-compose.yml promises, tried on real containers: the region comes up by itself, the demo's clients work
# through the front's TLS, whom nobody should trust is refused, silent and slow peers are dropped, every container may
# die, and going down and up keeps the data. Needs podman and podman-compose with the base image; takes minutes.
# Ends with "N passed, N failed". SHANS_KEEP_IMAGES=1 keeps the images for the next time,
# SHANS_NO_BUILD=1 takes those that are there.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
readonly project=shanstest$$ port=${SHANS_PORT:-17411}
export SHANS_PORT=$port SHANS_LANG=en
work=$(mktemp -d)
passed=0 failed=0

compose() { podman-compose -p "$project" "$@" </dev/null >>"$work/compose.log" 2>&1; }
name() { echo "${project}_$1_${2:-1}"; }

cleanup() {
    podman rm -f "$project-clients" >/dev/null 2>&1
    podman ps -aq --filter "label=io.podman.compose.project=$project" | xargs -r podman rm -f >/dev/null 2>&1
    podman volume ls -q --filter "label=io.podman.compose.project=$project" | xargs -r podman volume rm -f >/dev/null 2>&1
    podman network rm -f "${project}_inside" "${project}_outside" >/dev/null 2>&1
    if [[ -z ${SHANS_KEEP_IMAGES:-} ]]; then
        podman rmi localhost/shans-{db,tools,server,front} >/dev/null 2>&1
        podman image prune -f --filter label=shans.stage=build >/dev/null 2>&1
    fi
    rm -rf "$work"
}
trap cleanup EXIT

# check WHAT COMMAND...
check() {
    local what=$1 begin=$SECONDS
    shift
    if "$@" >"$work/out" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $what ($((SECONDS - begin)) s)"
    else
        failed=$((failed + 1))
        echo "FAILED  $what"
        {
            tail -n 12 "$work/out"
            for service in front server db; do
                podman ps -a --filter "name=$(name "$service")" --format "--- {{.Names}} {{.Status}}"
                podman logs --tail 6 "$(name "$service")" 2>&1
            done
        } | sed 's/^/        /'
    fi
}

finish() {
    echo "$passed passed, $failed failed"
    exit $((failed > 0))
}

# within SECONDS COMMAND...: until it succeeds.
within() {
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [[ $SECONDS -lt $until ]] || return 1
        sleep 0.5
    done
}

clients() { podman exec -e SHANS_LANG=en "$project-clients" "$@"; }
as() {
    local who=$1
    shift
    clients shans --token-file "/tmp/demo/tokens/$who" --state "/tmp/demo/clients/$who" "$@"
}

answers() { clients shans server info; }
keeps_data() { as ministry edition list --format csv | grep -q 'Список по итогам 2021/22'; }
pid_of() { podman inspect -f '{{.State.Pid}}' "$(name "$1")"; }

# ---- up ----

comes_up() {
    [[ -n ${SHANS_NO_BUILD:-} ]] || compose build || return 1
    compose up -d && compose run -d --no-deps --name "$project-clients" tools sleep 3600 &&
        within 120 answers
}
check 'the region comes up from nothing' comes_up
[[ $failed -eq 0 ]] || { tail -n 40 "$work/compose.log" && finish; }

demo() { clients env SHANS_DEMO_RUNNING=tls+tcp://front:7411 /opt/shans/tests/demo/demo.sh /usr/bin /tmp/demo && keeps_data; }
check "the demo's clients go their whole road through the front's TLS" demo

# ---- closed ----

closed() { # SERVICE: not root, nothing writable but its volumes, no capabilities, no new privileges
    local service=$1
    [[ $(podman exec "$(name "$service")" id -u) -gt 0 ]] || return 1
    ! podman exec "$(name "$service")" touch /etc/x /usr/x /var/x 2>/dev/null || return 1
    [[ $(podman inspect -f '{{.HostConfig.ReadonlyRootfs}}' "$(name "$service")") == true ]] || return 1
    podman exec "$(name "$service")" grep -E '^(CapEff|CapBnd|CapPrm):' /proc/1/status | grep -v '0000000000000000$' && return 1
    podman exec "$(name "$service")" grep -q -x "NoNewPrivs:.1" /proc/1/status
}
for service in db server front; do check "$service runs closed" closed "$service"; done

only_inside() {
    [[ -z $(podman port "$(name db)") && -z $(podman port "$(name server)") ]] &&
        [[ $(podman network inspect "${project}_inside" --format '{{.Internal}}') == true ]] &&
        [[ $(podman inspect -f '{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}' "$(name db)") == "${project}_inside " ]]
}
check 'the database is on the inside network only' only_inside

secrets_apart() { # the server holds its own password and neither the owner's nor the authority's key
    local password
    password=$(podman exec "$(name db)" sed -n 's/.*password=//p' /run/shans/owner/owner-db)
    [[ -n $password ]] || return 1
    ! podman exec "$(name server)" ls /run/shans/owner 2>/dev/null || return 1
    ! clients cat /run/shans/ca/ca.key 2>/dev/null || return 1
    ! podman inspect "$(name db)" "$(name server)" "$(name tools)" | grep -q -F "$password" || return 1
    ! podman logs "$(name db)" 2>&1 | grep -q -F "$password"
}
check 'secrets are where they belong and nowhere else' secrets_apart

checksums() { podman exec "$(name db)" psql -h /tmp -U postgres -d shans -Atc 'show data_checksums' | grep -q -x on; }
check 'the database checks its pages' checksums

scram() { # passwords are kept as SCRAM, and a wrong one is refused over the network
    podman exec "$(name db)" psql -h /tmp -U postgres -d shans -Atc \
        "select count(*) from pg_authid where rolname in ('postgres', 'shans_app') and rolpassword like 'SCRAM-SHA-256\$%'" | grep -q -x 2 &&
        ! podman exec -e PGPASSWORD=wrong "$(name db)" psql -h "$(podman exec "$(name db)" hostname -i)" -U shans_app -d shans -c 'select 1'
}
check 'passwords are SCRAM and wanted' scram

# ---- TLS ----

tls() { echo | timeout 10 openssl s_client -connect "127.0.0.1:$port" -cipher 'ALL:@SECLEVEL=0' "$@" 2>&1; }
old_refused() { ! tls "$1" | grep -q -E '^New, TLSv'; }
new_taken() { tls "$1" | grep -q -E "^New, $2, Cipher is (ECDHE-|TLS_)"; }
check 'TLS 1.0 is refused' old_refused -tls1
check 'TLS 1.1 is refused' old_refused -tls1_1
check 'TLS 1.2 with forward secrecy' new_taken -tls1_2 TLSv1.2
check 'TLS 1.3' new_taken -tls1_3 TLSv1.3
weak() { ! tls -tls1_2 -cipher "$1" | grep -q -E '^New, TLSv'; }
check 'suites without forward secrecy or authenticated encryption are refused' weak \
    'AES128-SHA:AES256-SHA:AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA:DES-CBC3-SHA:NULL:@SECLEVEL=0'

scan() { # every suite that is taken has forward secrecy and authenticated encryption
    sslscan --no-colour "127.0.0.1:$port" | tee "$work/scan"
    grep -E '^(SSLv2|SSLv3|TLSv1\.0|TLSv1\.1) +enabled' "$work/scan" && return 1
    grep -E '^(Preferred|Accepted)' "$work/scan" >"$work/suites"
    [[ $(wc -l <"$work/suites") -ge 4 ]] && ! grep -v -E 'TLSv1\.3 .* TLS_|TLSv1\.2 .* ECDHE-[A-Z]+-(AES[0-9]+-GCM|CHACHA20)' "$work/suites" &&
        grep -q 'not vulnerable to heartbleed' "$work/scan" && ! grep -q -E ' vulnerable' <(grep -v 'not vulnerable' "$work/scan")
}
check 'sslscan finds nothing weak' scan

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=other -keyout "$work/other.key" \
    -out "$work/other.pem" 2>/dev/null
podman cp "$work/other.pem" "$project-clients:/tmp/other.pem" 2>/dev/null ||
    clients bash -c "cat >/tmp/other.pem <<'PEM'
$(cat "$work/other.pem")
PEM"
refused() {
    clients shans --timeout 3 "$@" server info
    [[ $? -eq 8 ]]
}
check 'a client that trusts another authority refuses' refused --ca /tmp/other.pem
check 'a client that wants another name refuses' refused --server-name server.example
check 'a client without TLS gets nothing' refused --server tcp://front:7411

# ---- peers that only take places ----

# idle SENDER: seconds until the front drops 40 such peers, while a client is served.
idle() {
    local i begin=$SECONDS
    for ((i = 0; i < 40; i++)); do
        timeout 30 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; $1" >/dev/null 2>&1 &
    done
    sleep 2
    answers || return 1
    wait
    echo "dropped after $((SECONDS - begin)) s"
    [[ $((SECONDS - begin)) -le 15 ]]
}
check 'silent peers are dropped within 15 s' idle 'cat <&3'
# shellcheck disable=SC2016 # for the peer's shell
check 'peers that trickle their handshake are dropped within 15 s' idle \
    'printf "\x16\x03\x01" >&3; while sleep 1 && printf "\x01" >&3; do :; done'
silent_after_handshake() {
    local begin=$SECONDS
    timeout 30 openssl s_client -quiet -connect "127.0.0.1:$port" < <(sleep 40) >/dev/null 2>&1
    [[ $((SECONDS - begin)) -le 15 ]]
}
check 'a peer that is silent after its handshake is dropped within 15 s' silent_after_handshake
many() { # one address has at most 100 connections open
    local i
    for ((i = 0; i < 150; i++)); do
        timeout 8 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; read -r -t 5 <&3; [[ \$? -gt 128 ]]" >/dev/null 2>&1 && echo open &
    done >"$work/many"
    wait
    local open
    open=$(grep -c open "$work/many")
    echo "$open stayed open"
    [[ $open -gt 50 && $open -le 100 ]]
}
check 'one address gets at most 100 connections' many
within 30 answers >/dev/null 2>&1

copy() { [[ $(podman exec "$(name db)" pg_dump -h /tmp -U postgres --format=custom shans | head -c 5) == PGDMP ]]; }
check 'a copy of the database can be taken' copy

new_password() { # written into the file of the secret, it holds after a restart of the database and of the server
    podman exec "$(name db)" bash -c "sed -i \"s/password=.*/password=it's-new/\" /run/shans/app/db" || return 1
    podman restart -t 10 "$(name db)" "$(name server)" && within 60 keeps_data
}
check 'a password is changed in its file' new_password

# ---- everything may die ----

dies() { # SERVICE: killed like by a crash; it is back by itself and everything stored is there
    local before
    before=$(pid_of "$1")
    kill -9 "$before"
    within 60 keeps_data && [[ $(pid_of "$1") != "$before" ]]
}
for service in server front db; do check "$service is killed and comes back" dies "$service"; done

restarts() { podman restart -t 10 "$(name "$1")" && within 60 keeps_data; }
for service in db server front; do check "$service is restarted" restarts "$service"; done

two_servers() { # a second server behind the same front; either may stop
    podman run -d --name "$(name server 2)" --label "io.podman.compose.project=$project" --read-only --cap-drop ALL \
        --tmpfs /tmp:mode=1777 -v "${project}_secret-app:/run/shans/app:ro" --net "${project}_inside" --network-alias server \
        localhost/shans-server && within 30 both_up && podman stop -t 10 "$(name server)" &&
        within 30 keeps_data && keeps_data && podman start "$(name server)" && within 30 both_up &&
        podman rm -f -t 10 "$(name server 2)" && within 30 keeps_data
}
both_up() { # as the front sees them: two of the eight places are taken and alive
    [[ $(podman exec "$(name front)" bash -c 'exec 3<>/dev/tcp/127.0.0.1/7412
        printf "GET /servers HTTP/1.1\r\nHost: localhost:7412\r\nConnection: close\r\n\r\n" >&3; tail -n 1 <&3') == 2 ]]
}
check 'two servers stand behind the front, either may stop' two_servers

ready() { podman exec "$(name "$1")" /usr/local/bin/shans-ready 7412; }
check 'the server says that it is ready' within 30 ready server
check 'the front says that it is ready' within 30 ready front
not_ready() { ! ready server && ! answers; }
without_database() { podman stop -t 10 "$(name db)" && within 15 not_ready_server && podman start "$(name db)" && within 30 ready server; }
not_ready_server() { ! ready server; }
check 'without its database the server is not ready, with it again it is' without_database

# ---- down and up ----

down_and_up() {
    podman exec "$project-clients" tar -C /tmp -cf - demo >"$work/demo.tar" && podman rm -f -t 1 "$project-clients" &&
        compose down && compose up -d &&
        compose run -d --no-deps --name "$project-clients" tools sleep 3600 &&
        podman exec -i "$project-clients" tar -C /tmp -xf - <"$work/demo.tar" && within 120 keeps_data
}
check 'down and up keeps data, keys and certificate' down_and_up

own_certificate() { # mounted, it is used; clients trust its authority
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=front \
        -addext subjectAltName=DNS:front -keyout "$work/own.key" -out "$work/own.crt" 2>/dev/null &&
        cat "$work/own.crt" "$work/own.key" >"$work/server.pem" && chmod 644 "$work/server.pem" && chmod 755 "$work" &&
        podman rm -f -t 1 "$(name front)" &&
        podman run -d --name "$(name front)" --label "io.podman.compose.project=$project" -e SHANS_SERVERS=server --read-only \
            --cap-drop ALL --tmpfs /tmp:mode=1777 -v "$work/server.pem:/run/shans/own/server.pem:ro" \
            --net "${project}_inside,${project}_outside" --network-alias front localhost/shans-front &&
        clients bash -c "cat >/tmp/own.crt <<'PEM'
$(cat "$work/own.crt")
PEM" && within 30 clients shans --ca /tmp/own.crt server info &&
        refused --ca /run/shans/ca/ca.crt
}
check 'a certificate of one'"'"'s own takes the place of the made one' own_certificate
finish
