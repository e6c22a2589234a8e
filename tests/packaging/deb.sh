#!/bin/bash
# What the Debian packages promise, tried in a bare container: they install, the server starts only by hand and works,
# an upgrade keeps configuration and data, removal keeps them too, a purge leaves nothing but a database that holds
# people's data, and that too when it is asked for. lintian finds no error.
# usage: deb.sh OLD_FOLDER NEW_FOLDER, each with the three packages of one version. Needs podman with the base image.
# Ends with "N passed, N failed".
set -uo pipefail
readonly base=docker.io/library/debian:bookworm-slim box=shansdeb$$
old=$(cd "$1" && pwd) new=$(cd "$2" && pwd)
passed=0 failed=0
work=$(mktemp -d)

cleanup() {
    podman rm -f -t 1 "$box" >/dev/null 2>&1
    rm -rf "$work"
}
trap cleanup EXIT

check() { # WHAT COMMAND...
    local what=$1 begin=$SECONDS
    shift
    if "$@" >"$work/out" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $what ($((SECONDS - begin)) s)"
    else
        failed=$((failed + 1))
        echo "FAILED  $what"
        tail -n 25 "$work/out" | sed 's/^/        /'
    fi
}

finish() {
    echo "$passed passed, $failed failed"
    exit $((failed > 0))
}

# inside SCRIPT: runs it in the container, every line of it must succeed.
inside() { podman exec -e DEBIAN_FRONTEND=noninteractive -e LANGUAGE=en "$box" bash -euo pipefail -c "$(declare -f serve stop_server within)
$1"; }

# ---- what runs inside ----

within() { # SECONDS COMMAND...
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [[ $SECONDS -lt $until ]] || return 1
        sleep 0.2
    done
}

# The server as the package's user, with a private PostgreSQL in the package's state folder.
serve() {
    runuser -u shans -- shans-server serve --config /etc/shans/server.conf --embedded /var/lib/shans --region 66 \
        >/tmp/server.log 2>&1 &
    within 60 shans --server tcp://127.0.0.1:7411 server info >/tmp/info || { cat /tmp/server.log && return 1; }
}

stop_server() {
    kill "$(pgrep -u shans -f '^shans-server serve')"
    within 20 bash -c '! pgrep -u shans'
}

# ---- packages by themselves ----

lint() {
    lintian --allow-root --fail-on error --tag-display-limit 0 "$new"/*.deb
}
check 'lintian finds no error' lint
versions_differ() {
    local was is
    was=$(dpkg-deb -f "$old"/shans-server_*.deb Version) is=$(dpkg-deb -f "$new"/shans-server_*.deb Version)
    echo "$was -> $is" && dpkg --compare-versions "$was" lt "$is"
}
check 'the old packages are older' versions_differ
dependencies() { # every library the programs are linked with comes from a named package, and nothing for building
    local depends
    depends=$(dpkg-deb -f "$new"/shans-server_*.deb Depends) && echo "$depends" &&
        grep -q 'libpq5' <<<"$depends" && grep -q 'libnng1' <<<"$depends" && ! grep -q -e '-dev' <<<"$depends"
}
check 'dependencies are those of the programs' dependencies

# ---- the life of an installation ----

box() {
    podman run -d --name "$box" -v "$old:/old:ro" -v "$new:/new:ro" "$base" sleep 1800 && inside '
        mkdir -p /etc/postgresql-common/createcluster.d
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/none.conf
        apt-get update -q
        apt-get install -q -y --no-install-recommends postgresql-15 procps'
}
check 'a bare container with PostgreSQL' box
[[ $failed -eq 0 ]] || finish

check 'the old version installs' inside 'apt-get install -q -y --no-install-recommends /old/*.deb'
# shellcheck disable=SC2016 # for the shell inside
check 'user and folders are there, nothing runs' inside '
    [[ $(stat -c "%U:%G %a" /var/lib/shans) == "shans:shans 750" ]]
    [[ $(getent passwd shans | cut -d: -f7) == /usr/sbin/nologin ]]
    [[ -f /etc/shans/server.conf && -f /lib/systemd/system/shans-server.service ]]
    [[ -L /etc/systemd/system/multi-user.target.wants/shans-server.service ]]
    ! pgrep -u shans'
check 'files are as they were packed' inside 'dpkg --verify shans shans-server shans-common && [[ -z $(dpkg --audit) ]]'
check 'without configuration the server does not start' inside '
    grep -q "^ConditionPathExists=/etc/shans/db$" /lib/systemd/system/shans-server.service
    ! runuser -u shans -- shans-server serve --config /etc/shans/server.conf'
check 'it works by hand, in both languages' inside '
    echo "# ours" >>/etc/shans/server.conf
    serve
    shans-server token --embedded /var/lib/shans --login admin --role administrator --org 66 --days 30 --out /root/token
    shans --server tcp://127.0.0.1:7411 --token-file /root/token org show 66
    SHANS_LANG=ru shans --help >/tmp/help
    grep -q "^Команды:" /tmp/help
    stop_server'
check 'the new version upgrades it' inside 'apt-get install -q -y --no-install-recommends /new/*.deb'
# shellcheck disable=SC2016
check 'configuration, data and keys are kept' inside '
    grep -q -x "# ours" /etc/shans/server.conf
    [[ $(shans-server version) == "shans-server $(dpkg-deb -f /new/shans-server_*.deb Version)" ]]
    serve
    shans --server tcp://127.0.0.1:7411 --token-file /root/token org show 66
    stop_server'
check 'the same version installs over itself' inside 'apt-get install -q -y --reinstall --no-install-recommends /new/*.deb'
# shellcheck disable=SC2016
check 'removal keeps configuration and data' inside '
    apt-get remove -q -y shans shans-server shans-common
    ! command -v shans && ! command -v shans-server
    grep -q -x "# ours" /etc/shans/server.conf
    [[ -s /var/lib/shans/data/PG_VERSION ]] && getent passwd shans'
check 'a purge takes the configuration and keeps the data' inside '
    apt-get purge -q -y shans-server 2>&1 | tee /tmp/purge
    grep -q "a database is kept in /var/lib/shans" /tmp/purge
    [[ ! -e /etc/shans && -s /var/lib/shans/data/PG_VERSION ]] && getent passwd shans'
check 'an installation finds them again' inside '
    apt-get install -q -y --no-install-recommends /new/*.deb
    serve
    shans --server tcp://127.0.0.1:7411 --token-file /root/token org show 66
    stop_server'
# shellcheck disable=SC2016
check 'a purge that is told so leaves nothing' inside '
    SHANS_PURGE_DATA=yes apt-get purge -q -y shans shans-server shans-common
    find / -xdev -name "*shans*" ! -path "/proc/*" ! -path "/old/*" ! -path "/new/*" ! -path "/var/log/*" | tee /tmp/left
    [[ ! -s /tmp/left ]]
    ! grep -r -l shans /etc --include=passwd --include=group --include=shadow --include=gshadow --include=subuid
    ! dpkg-query -W shans shans-server shans-common'
finish
