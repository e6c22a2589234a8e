-- $1 code, $2 version, $3 now
update shans.methodology set used_at = $3::timestamptz
where code = $1::text and version = $2::integer and used_at is null
