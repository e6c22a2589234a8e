-- $1 org
with recursive below (id) as (
    select predecessor_id from shans.org_link where successor_id = $1::bigint and kind <> 'split'
    union
    select link.predecessor_id from shans.org_link link join below on link.successor_id = below.id
    where link.kind <> 'split')
select id from below order by id
