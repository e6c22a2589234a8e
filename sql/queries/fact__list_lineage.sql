-- $1 schools: links between two of them, with the last school year of the predecessor on its own
select link.predecessor_id, link.successor_id,
       min(extract(year from link.on_date - interval '5 months'))::integer
from shans.org_link link
join shans.org predecessor on predecessor.id = link.predecessor_id
join shans.org successor on successor.id = link.successor_id
where link.predecessor_id = any ($1::bigint[]) and link.successor_id = any ($1::bigint[]) and link.kind <> 'split'
group by link.predecessor_id, link.successor_id, predecessor.code, successor.code
order by predecessor.code collate "C", successor.code collate "C"
