-- $1 login, $2 display name, $3 role, $4 org
insert into shans.principal (login, display_name, role, org_id)
values ($1::text, $2::text, $3::smallint, $4::bigint)
on conflict (login) do nothing
returning id
