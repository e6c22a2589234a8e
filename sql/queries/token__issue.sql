-- $1 hash, $2 principal, $3 issued, $4 expires, $5 note, $6 by
insert into shans.token (hash, principal_id, issued_at, expires_at, note, issued_by)
values ($1::bytea, $2::bigint, $3::timestamptz, $4::timestamptz, $5::text, $6::bigint)
returning id
