-- $1 now
select principal.id, principal.login, principal.display_name, principal.role, principal.org_id, org.code, principal.active,
       (select count(*) from shans.token
        where token.principal_id = principal.id and token.revoked_at is null and token.expires_at > $1::timestamptz)
from shans.principal
join shans.org on org.id = principal.org_id
order by principal.login collate "C"
