-- $1 at, $2 principal (0: none), $3 login, $4 role, $5 method, $6 request, $7 operation, $8 object, $9 detail
insert into shans.audit_log (at, principal_id, login, role, method, request_id, operation_id, object, detail)
values ($1::timestamptz, nullif($2::bigint, 0), $3::text, $4::smallint, $5::text, $6::uuid, $7::uuid, $8::text, $9::text)
