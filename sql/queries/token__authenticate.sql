-- $1 hash
select principal.id, principal.login, principal.display_name, principal.role, org.id, org.code,
       coalesce((select version.name from shans.org_version version where version.org_id = org.id
                 order by version.valid desc limit 1), ''),
       org.kind, coalesce(org.district_id, 0), token.expires_at, token.revoked_at is not null, principal.active,
       case when org.kind = 3 then array[org.id] || array(
           with recursive below (id) as (
               select predecessor_id from shans.org_link where successor_id = org.id and kind <> 'split'
               union
               select link.predecessor_id from shans.org_link link join below on link.successor_id = below.id
               where link.kind <> 'split')
           select id from below where id <> org.id order by id)
       else '{}'::bigint[] end,
       array_remove(array[org.parent_id, parent.parent_id], null)
from shans.token
join shans.principal on principal.id = token.principal_id
join shans.org on org.id = principal.org_id
left join shans.org parent on parent.id = org.parent_id
where token.hash = $1::bytea
