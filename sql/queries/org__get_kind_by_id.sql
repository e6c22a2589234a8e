-- $1 id
select id, kind, coalesce(district_id, 0) from shans.org where id = $1::bigint
