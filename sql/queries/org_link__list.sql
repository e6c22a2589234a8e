-- $1 code
select coalesce(predecessor.code, ''), coalesce(successor.code, ''), to_char(link.on_date, 'YYYY-MM-DD'), link.kind,
       link.document
from shans.org_link link
left join shans.org predecessor on predecessor.id = link.predecessor_id
left join shans.org successor on successor.id = link.successor_id
where predecessor.code = $1::text or successor.code = $1::text
order by link.on_date, predecessor.code collate "C", successor.code collate "C"
