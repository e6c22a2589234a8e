-- $1 subtree (0: all), $2 after this login, $3 limit, $4 now
select principal.id, principal.login, principal.display_name, principal.role, principal.org_id, coalesce(org.code, ''),
       principal.active,
       (select count(*) from shans.token
        where token.principal_id = principal.id and token.revoked_at is null and token.expires_at > $4::timestamptz),
       coalesce(principal.district_id, 0), coalesce(org.kind, 0), principal.blocked_why, coalesce(blocker.role, 0),
       (select max(token_use.last_used_at) from shans.token join shans.token_use on token_use.token_id = token.id
        where token.principal_id = principal.id)
from shans.principal
left join shans.org on org.id = principal.org_id
left join shans.principal blocker on blocker.id = principal.blocked_by
where ($1::bigint = 0 or principal.org_id = $1 or principal.district_id = $1
       or exists (select from shans.org top where top.id = $1 and top.kind = 1))
  and principal.login collate "C" > $2::text
order by principal.login collate "C"
limit $3::bigint
