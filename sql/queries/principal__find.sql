-- $1 login
select principal.id, principal.login, principal.display_name, principal.role, principal.org_id, org.code, principal.active,
       0::bigint
from shans.principal
join shans.org on org.id = principal.org_id
where principal.login = $1::text
