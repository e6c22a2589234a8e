-- $1 principal, $2 active, $3 by, $4 why
with changed as (
    update shans.principal
    set active = $2::boolean, blocked_by = case when $2 then null else $3::bigint end,
        blocked_why = case when $2 then '' else $4::text end
    where id = $1::bigint
    returning id)
select id, pg_notify('shans_token', id::text) is null from changed
