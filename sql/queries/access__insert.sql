-- $1 at, $2 principal, $3 login, $4 role, $5 office, $6 its district (0: none), $7 method, $8 object, $9 request;
-- arrays: $10 organisation (0: region), $11 its district (0: none), $12 rows.
-- A crash of the database machine may lose the last fraction of a second of reading, never a change.
insert into shans.access_log (at, principal_id, login, role, office_id, office_district_id, method, object, org_id,
                              district_id, row_count, request_id)
select $1::timestamptz, $2::bigint, $3::text, $4::smallint, $5::bigint, nullif($6::bigint, 0), $7::text, $8::text,
       nullif(seen.org_id, 0), nullif(seen.district_id, 0), seen.row_count, $9::uuid
from unnest($10::bigint[], $11::bigint[], $12::integer[]) as seen (org_id, district_id, row_count),
     set_config('synchronous_commit', 'off', true)
