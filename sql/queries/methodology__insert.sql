-- $1 code, $2 version, $3 hash, $4 compiled, $5 Russian title, $6 English title, $7 now, $8 principal (0: shipped)
insert into shans.methodology (code, version, hash, compiled, title_ru, title_en, stored_at, stored_by)
values ($1::text, $2::integer, $3::bytea, $4::bytea, $5::text, $6::text, $7::timestamptz, nullif($8::bigint, 0))
on conflict do nothing
