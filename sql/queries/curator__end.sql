-- $1 id, $2 by, $3 now, $4 why
with ended as (
    update shans.curator_assignment set ended_by = $2::bigint, ended_at = $3::timestamptz, ended_why = $4::text
    where id = $1::bigint and ended_at is null
    returning id, principal_id)
select id, pg_notify('shans_token', principal_id::text) is null from ended
