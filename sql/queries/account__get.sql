-- $1 login
select principal.id, principal.login, principal.display_name, principal.role, principal.org_id, coalesce(org.code, ''),
       principal.active, 0::bigint, coalesce(principal.district_id, 0), coalesce(org.kind, 0), principal.blocked_why,
       coalesce(blocker.role, case when principal.blocked_by is null then 0 else 6 end), null::timestamptz
from shans.principal
left join shans.org on org.id = principal.org_id
left join shans.principal blocker on blocker.id = principal.blocked_by
where principal.login = $1::text
