-- $1 number, $2 run, $3 title, $4 document, $5 principal, $6 now, $7 content hash
insert into shans.edition (number, run_id, title, document, published_by, published_at, content_hash)
values ($1::integer, $2::bigint, $3::text, $4::text, $5::bigint, $6::timestamptz, $7::bytea)
