-- $1 hash, $2 now
select principal.id, principal.login, principal.display_name, principal.role, org.id, org.code,
       coalesce((select version.name from shans.org_version version where version.org_id = org.id
                 order by version.valid desc limit 1), ''),
       org.kind, coalesce(org.district_id, 0), token.expires_at, token.revoked_at is not null, principal.active,
       array(
           with recursive top (id) as (
               select org.id where org.kind = 3 and principal.role <> 8
               union
               select held.school_id from shans.curator_assignment held
               where held.principal_id = principal.id and principal.role = 8 and held.ended_at is null
                 and held.valid @> ($2::timestamptz at time zone 'UTC')::date),
           below (id) as (
               select id from top
               union
               select link.predecessor_id from shans.org_link link join below on link.successor_id = below.id
               where link.kind <> 'split')
           select id from below order by id <> org.id, id),
       array_remove(array[org.parent_id, parent.parent_id], null) || case when principal.role = 8 then org.id || array(
           select distinct held.district_id from shans.curator_assignment held
           where held.principal_id = principal.id and held.ended_at is null
             and held.valid @> ($2::timestamptz at time zone 'UTC')::date)
       else '{}'::bigint[] end,
       token.id, token_use.last_used_at is null or token_use.last_used_at < $2::timestamptz - interval '5 minutes'
from shans.token
join shans.principal on principal.id = token.principal_id
join shans.org on org.id = principal.org_id
left join shans.org parent on parent.id = org.parent_id
left join shans.token_use on token_use.token_id = token.id
where token.hash = $1::bytea
