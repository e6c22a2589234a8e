#!/bin/bash
# bench_echo [MILLISECONDS [REPEATS]]: echo over our stack, raw NNG and gRPC C++ in turns on this machine; prints a
# Markdown table of medians. Every server is a process of its own and is stopped at the end. The load programs lie
# beside this file.
set -euo pipefail
export LC_ALL=C
bin=$(cd "$(dirname "$0")" && pwd)
length_ms=${1:-900} repeats=${2:-3}
work=$(mktemp -d /tmp/shans-bench.XXXXXX)
servers=()

stop() {
    for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT

# A port in the quiet range below the ephemeral ones, different for each run of the script.
base=$((20000 + $$ % 10000))
"$bin/echo_server" "tcp://127.0.0.1:$base" &
servers+=($!)
"$bin/echo_nng_server" "tcp://127.0.0.1:$((base + 1))" &
servers+=($!)
"$bin/echo_grpc_server" "127.0.0.1:$((base + 2))" &
servers+=($!)
for port in "$base" $((base + 1)) $((base + 2)); do
    for ((tries = 0; tries < 200; tries++)); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
        sleep 0.1
    done
done
sleep 0.5

# load SYSTEM SIZE CONNECTIONS IN_FLIGHT: one run, its result line appended to the cell's file.
load() {
    local address program
    case $1 in
    shans) program=echo_nng_load address=rpc+tcp://127.0.0.1:$base ;;
    client) program=echo_rpc_load address=tcp://127.0.0.1:$base ;;
    nng) program=echo_nng_load address=tcp://127.0.0.1:$((base + 1)) ;;
    grpc) program=echo_grpc_load address=127.0.0.1:$((base + 2)) ;;
    esac
    timeout 30 "$bin/$program" "$address" "$2" "$3" "$4" "$length_ms" >>"$work/$1-$2-$3-$4"
}

# The run with the median throughput: "REQUESTS P50 P99".
median() { sort -n "$work/$1-$2-$3-$4" | sed -n "$(((repeats + 1) / 2))p"; }

echo "Echo, median of $repeats runs of $length_ms ms; client and server share $(nproc) processors."
echo
echo "| bytes | connections/in flight | shans req/s (p50/p99 us) | client/rpc | raw NNG | gRPC C++ | shans/gRPC | shans/NNG |"
echo "|---|---|---|---|---|---|---|---|"
for size in 200 2000 100000; do
    for shape in "1 1" "8 64" "64 64"; do
        read -r connections in_flight <<<"$shape"
        systems=(shans nng grpc)
        [[ $in_flight -eq 1 ]] && systems+=(client)
        for ((i = 0; i < repeats; i++)); do
            for system in "${systems[@]}"; do load "$system" "$size" "$connections" "$in_flight"; done
        done
        client="-"
        [[ $in_flight -eq 1 ]] && client=$(median client "$size" "$connections" "$in_flight")
        printf '%s|%s|%s|%s|%s|%s\n' "$size" "$connections/$in_flight" \
            "$(median shans "$size" "$connections" "$in_flight")" "$client" \
            "$(median nng "$size" "$connections" "$in_flight")" "$(median grpc "$size" "$connections" "$in_flight")"
    done
done | awk -F'|' '
    function cell(text, part) {
        if (text == "-") return "-"
        split(text, part, " ")
        return sprintf("%.1fk (%d/%d)", part[1] / 1000, part[2], part[3])
    }
    {
        split($3, shans, " "); split($5, nng, " "); split($6, grpc, " ")
        printf "| %s | %s | %s | %s | %s | %s | %.2f | %.2f |\n", $1, $2, cell($3), cell($4), cell($5), cell($6),
               shans[1] / grpc[1], shans[1] / nng[1]
        fflush()
    }'
