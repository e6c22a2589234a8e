-- $1 methodology, $2 version, $3 year, $4 subtree (0: the region), $5 principal, $6 now
insert into shans.run (methodology_code, methodology_version, year, under_id, state, started_by, created_at)
select methodology.code, methodology.version, $3::integer, nullif($4::bigint, 0), 1, $5::bigint, $6::timestamptz
from shans.methodology
where methodology.code = $1::text and methodology.version = $2::integer
returning id, pg_notify('shans_run', id::text) is null
