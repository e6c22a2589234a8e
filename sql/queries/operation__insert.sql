-- $1 id, $2 principal, $3 method, $4 content hash, $5 reply, $6 now
insert into shans.operation (id, principal_id, method, content_hash, reply, created_at)
values ($1::uuid, $2::bigint, $3::text, $4::bytea, $5::bytea, $6::timestamptz)
on conflict (id) do nothing
