-- $1 hash, $2 bytes
insert into shans.run_input (hash, bytes) values ($1::bytea, $2::bytea) on conflict do nothing
