#!/bin/bash
# Three PostgreSQL nodes under Patroni and etcd on the loopback, strictly synchronous; the leader and all its
# processes are killed ROUNDS times (10) under load. Ends with "N passed, N failed".
# usage: patroni.sh [ROUNDS]; "patroni.sh kill|heal DIR" are the steps of a round, called by ha_rounds.
set -euo pipefail

readonly nodes=(1 2 3) limit_ms=15000 pg_bin=/usr/lib/postgresql/15/bin
self=$(readlink -f "$0")
bin=${SHANS_BIN:-$(dirname "$self")/../../build}

# Ports of this run: PostgreSQL base+1.., REST base+11.., etcd base+21 and base+22.
read_base() { base=$(<"$dir/base"); }

# members FILTER: how many members the cluster has of whom the jq-like python expression holds.
members() {
    python3 - "$1" "$base" <<'PY'
import json, sys, urllib.request
for node in (1, 2, 3):
    try:
        address = f"http://127.0.0.1:{int(sys.argv[2]) + 10 + node}/cluster"
        found = json.load(urllib.request.urlopen(address, timeout=2))["members"]
    except (OSError, ValueError, KeyError):
        continue
    print(sum(1 for m in found if eval(sys.argv[1], {"m": m})))
    break
else:
    print(0)
PY
}

leader() {
    local node
    for node in "${nodes[@]}"; do
        if curl -fsS -m 2 -o "$dir/probe" "http://127.0.0.1:$((base + 10 + node))/primary" 2>/dev/null; then
            echo "$node"
            return
        fi
    done
    return 1
}

# until SECONDS COMMAND...: waits until it succeeds.
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [[ $SECONDS -lt $end ]] || return 1
        sleep 0.2
    done
}

start_node() {
    setsid patroni "$dir/node$1.yml" >>"$dir/node$1.log" 2>&1 </dev/null &
    echo $! >"$dir/node$1.pid"
}

# kill_node N: Patroni, the postmaster and all its children at once, as when a machine loses power.
kill_node() {
    local patroni head children=()
    patroni=$(<"$dir/node$1.pid")
    head=$(head -n 1 "$dir/data$1/postmaster.pid" 2>/dev/null || true)
    kill -STOP "$patroni" 2>/dev/null || true
    if [[ -n $head ]] && kill -STOP "$head" 2>/dev/null; then
        read -ra children <"/proc/$head/task/$head/children" || true
        kill -KILL "$head" "${children[@]}" 2>/dev/null || true
    fi
    kill -KILL "$patroni" 2>/dev/null || true
}

step_kill() {
    local node
    node=$(leader)
    echo "$node" >"$dir/killed"
    kill_node "$node"
}

healthy() {
    [[ $(members 'm["state"] in ("running", "streaming")') -eq 3 && $(members 'm["role"] == "sync_standby"') -eq 1 ]]
}

step_heal() {
    start_node "$(<"$dir/killed")"
    until_true 60 healthy
}

write_config() {
    local node=$1
    cat <<YAML
scope: shans
name: node$node
restapi: {listen: '127.0.0.1:$((base + 10 + node))', connect_address: '127.0.0.1:$((base + 10 + node))'}
etcd3: {host: '127.0.0.1:$((base + 21))'}
bootstrap:
  dcs:
    ttl: 8
    loop_wait: 1
    retry_timeout: 3
    maximum_lag_on_failover: 33554432
    synchronous_mode: true
    synchronous_mode_strict: true
    postgresql:
      use_pg_rewind: true
      parameters: {max_connections: 60, wal_keep_size: 256MB, wal_retrieve_retry_interval: 500ms}
  initdb: [{encoding: UTF8}, {locale: C.UTF-8}, data-checksums]
  pg_hba: ['local all all trust', 'host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust']
postgresql:
  listen: '127.0.0.1:$((base + node))'
  connect_address: '127.0.0.1:$((base + node))'
  data_dir: $dir/data$node
  bin_dir: $pg_bin
  pgpass: $dir/pgpass$node
  remove_data_directory_on_rewind_failure: true
  parameters: {unix_socket_directories: '$dir'}
  authentication:
    superuser: {username: postgres, password: x}
    replication: {username: replicator, password: x}
    rewind: {username: rewinder, password: x}
YAML
}

finish() {
    local node
    for node in "${nodes[@]}"; do [[ ! -f $dir/node$node.pid ]] || kill_node "$node"; done
    [[ ! -f $dir/etcd.pid ]] || kill -KILL "$(<"$dir/etcd.pid")" 2>/dev/null || true
    if [[ -z ${SHANS_KEEP:-} ]]; then rm -rf "$dir"; fi
}

main() {
    local rounds=${1:-10} node status=0 hosts ports
    dir=$(mktemp -d /tmp/shans-patroni-XXXXXX)
    trap finish EXIT
    base=$((20000 + $$ % 10000))
    echo "$base" >"$dir/base"
    setsid etcd --data-dir "$dir/etcd" --listen-client-urls "http://127.0.0.1:$((base + 21))" \
        --advertise-client-urls "http://127.0.0.1:$((base + 21))" --listen-peer-urls "http://127.0.0.1:$((base + 22))" \
        >"$dir/etcd.log" 2>&1 </dev/null &
    echo $! >"$dir/etcd.pid"
    for node in "${nodes[@]}"; do
        write_config "$node" >"$dir/node$node.yml"
        start_node "$node"
    done
    until_true 60 healthy
    node=$(leader)
    "$pg_bin/createdb" -h 127.0.0.1 -p "$((base + node))" -U postgres shans
    hosts=127.0.0.1,127.0.0.1,127.0.0.1
    ports=$((base + 1)),$((base + 2)),$((base + 3))
    SHANS_BIN=$bin "$bin/ha_rounds" "host=$hosts port=$ports connect_timeout=2" "$rounds" "$limit_ms" "$self" "$dir" ||
        status=$?
    if [[ $status -eq 0 ]]; then echo '1 passed, 0 failed'; else echo '0 passed, 1 failed'; fi
    return "$status"
}

# PostgreSQL does not run as root.
[[ $EUID -ne 0 ]] || exec runuser -u postgres -- env SHANS_BIN="$bin" SHANS_KEEP="${SHANS_KEEP:-}" "$self" "$@"
case ${1:-} in
kill | heal)
    dir=$2
    read_base
    "step_$1"
    ;;
*) main "$@" ;;
esac
