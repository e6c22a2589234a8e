#!/bin/bash
# Entry of a PostgreSQL node of .ci/compose/ha.yml: becomes Patroni, which makes the cluster or joins it. The passwords
# are files in the volumes of secrets, made by whichever node is first.
# As "node.sh bootstrap CONNECTION" it is called by Patroni once, in the new cluster.
set -euo pipefail
umask 027
readonly app=/run/shans/app/db owner=/run/shans/owner/owner-db standby=/run/shans/owner/standby
readonly name=${SHANS_NODE:?} nodes=${SHANS_NODES:?} keepers=${SHANS_KEEPERS:?}
bin=$(echo /usr/lib/postgresql/*/bin)

# secret FILE USER: a connection string with a new password. ln gives the name to one of several nodes.
secret() {
    [[ ! -s $1 ]] || return 0
    printf 'host=%s port=5432 dbname=shans user=%s connect_timeout=2 password=%s\n' "$nodes" "$2" \
        "$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')" >"$1.$name"
    ln "$1.$name" "$1" 2>/dev/null || true
    rm -f "$1.$name"
}

password_of() { sed -n 's/.*password=//p' "$1"; }

bootstrap() {
    psql -q -v ON_ERROR_STOP=1 -d "$1" -f - <<SQL
create role shans_app login nosuperuser nobypassrls noinherit password '$(password_of "$app")';
create database shans;
SQL
}

if [[ ${1:-} == bootstrap ]]; then
    bootstrap "$2"
    exit
fi
secret "$standby" standby
secret "$app" shans_app
secret "$owner" postgres # the last: others wait for it
cat >/tmp/patroni.yml <<YAML
scope: shans
name: $name
restapi:
  listen: '0.0.0.0:8008'
  connect_address: '$name:8008'
  authentication: {username: patroni, password: '$(password_of "$standby")'}
etcd3: {hosts: '$keepers'}
bootstrap:
  dcs:
    # a leader that is gone is replaced after about ten seconds
    ttl: 8
    loop_wait: 1
    retry_timeout: 3
    # what one node alone has is never confirmed
    synchronous_mode: true
    synchronous_mode_strict: true
    postgresql:
      use_pg_rewind: true
      parameters:
        max_connections: 200
        wal_keep_size: 512MB
        wal_retrieve_retry_interval: 500ms
        password_encryption: scram-sha-256
  initdb: [{encoding: UTF8}, {locale: C.UTF-8}, data-checksums]
  post_bootstrap: /usr/local/bin/shans-node bootstrap
postgresql:
  listen: '0.0.0.0:5432'
  connect_address: '$name:5432'
  data_dir: /var/lib/postgresql/data
  bin_dir: $bin
  pgpass: /tmp/pgpass
  use_unix_socket: true
  remove_data_directory_on_rewind_failure: true
  remove_data_directory_on_diverged_timelines: true
  parameters: {unix_socket_directories: /tmp}
  pg_hba:
    - local all postgres peer
    - host shans postgres,shans_app samenet scram-sha-256
    - host postgres postgres samenet scram-sha-256
    - host replication standby samenet scram-sha-256
  authentication:
    superuser: {username: postgres, password: '$(password_of "$owner")'}
    replication: {username: standby, password: '$(password_of "$standby")'}
YAML
exec patroni /tmp/patroni.yml
