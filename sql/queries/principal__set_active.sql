-- $1 login, $2 active
with changed as (update shans.principal set active = $2::boolean where login = $1::text returning id)
select id, pg_notify('shans_token', id::text) is null from changed
