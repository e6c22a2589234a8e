#!/bin/bash
# keeper.sh NAME NAME,NAME,...: one etcd of the cluster of these names; its data stay in the volume.
set -euo pipefail
umask 077
members=$(tr ',' '\n' <<<"$2" | sed 's|.*|&=http://&:2380|' | paste -sd,)
exec etcd --name "$1" --data-dir /var/lib/postgresql/etcd --initial-cluster "$members" --initial-cluster-state new \
    --initial-cluster-token shans --listen-peer-urls http://0.0.0.0:2380 --initial-advertise-peer-urls "http://$1:2380" \
    --listen-client-urls http://0.0.0.0:2379 --advertise-client-urls "http://$1:2379" --log-level warn
