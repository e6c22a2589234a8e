-- $1 hash, $2 principal, $3 issued, $4 expires, $5 note
insert into shans.token (hash, principal_id, issued_at, expires_at, note)
values ($1::bytea, $2::bigint, $3::timestamptz, $4::timestamptz, $5::text)
