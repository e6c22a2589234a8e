-- every school that ever was, with its newest name and who took it over
select org.id, org.district_id, org.code, coalesce(version.name, ''), coalesce(version.short_name, ''),
       coalesce(to_char(org.opened_on, 'YYYY-MM-DD'), ''), coalesce(to_char(org.closed_on, 'YYYY-MM-DD'), ''),
       coalesce((select successor.code from shans.org_link link
                 join shans.org successor on successor.id = link.successor_id
                 where link.predecessor_id = org.id and link.kind <> 'split'
                 order by link.on_date desc, successor.code limit 1), ''), org.training
from shans.org
left join lateral (select name, short_name from shans.org_version where org_id = org.id
                   order by valid desc limit 1) version on true
where org.kind = 3
order by org.code collate "C"
