-- $1 code
select id, kind, coalesce(district_id, 0) from shans.org where code = $1::text
