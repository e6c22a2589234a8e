#!/bin/bash
# Entry of the database's container: makes cluster and passwords at the first start, then becomes PostgreSQL. A start
# that is killed half-way leaves nothing that counts: the cluster gets its name last.
set -euo pipefail
umask 027
readonly place=/var/lib/postgresql app=/run/shans/app/db owner=/run/shans/owner/owner-db host=${SHANS_DB_HOST:-db}
bin=$(echo /usr/lib/postgresql/*/bin)
PATH=$bin:$PATH

# secret FILE USER: a connection string with a new password, unless there is one; the group may read it.
secret() {
    [[ ! -s $1 ]] || return 0
    local password
    password=$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')
    printf 'host=%s port=5432 dbname=shans user=%s password=%s\n' "$host" "$2" "$password" >"$1.new"
    mv "$1.new" "$1"
}

# The passwords become those of the files (each the last word of its line), also after these were changed or lost.
set_passwords() {
    psql -q -v ON_ERROR_STOP=1 -h /tmp -d "$1" -U postgres -f - <<SQL
\\set owner \`sed -n 's/.*password=//p' $owner\`
\\set app \`sed -n 's/.*password=//p' $app\`
do \$\$ begin
    if not exists (select from pg_roles where rolname = 'shans_app') then
        create role shans_app login nosuperuser nobypassrls noinherit;
    end if;
end \$\$;
alter role postgres password :'owner';
alter role shans_app password :'app';
SQL
}

# alone COMMAND...: with the cluster of folder $1 running for this container only.
alone() {
    local data=$1
    shift
    pg_ctl -s -w -D "$data" -o "-c listen_addresses= -c unix_socket_directories=/tmp" start
    "$@"
    pg_ctl -s -w -D "$data" -m fast stop
}

new_cluster() {
    set_passwords postgres
    touch "$place/data.new/passwords_set"
    psql -q -v ON_ERROR_STOP=1 -h /tmp -d postgres -U postgres -c 'create database shans'
}

secret "$owner" postgres
secret "$app" shans_app
if [[ ! -d $place/data ]]; then
    rm -rf "$place/data.new"
    initdb -D "$place/data.new" -U postgres --data-checksums --encoding=UTF8 --locale=C.UTF-8 \
        --auth-local=peer --auth-host=scram-sha-256 >/dev/null
    # Over the network the two roles that have a password, to the one database, from networks of this container.
    sed -i '/^host/d' "$place/data.new/pg_hba.conf"
    echo 'host shans postgres,shans_app samenet scram-sha-256' >>"$place/data.new/pg_hba.conf"
    alone "$place/data.new" new_cluster
    mv "$place/data.new" "$place/data"
elif [[ $owner -nt $place/data/passwords_set || $app -nt $place/data/passwords_set ]]; then
    alone "$place/data" set_passwords postgres
    touch "$place/data/passwords_set"
fi
exec postgres -D "$place/data" -c listen_addresses='*' -c unix_socket_directories=/tmp \
    -c password_encryption=scram-sha-256 -c max_connections=200 "$@"
