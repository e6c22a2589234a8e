-- $1 code; the newest version
select org.id, coalesce(org.parent_id, 0), coalesce(org.district_id, 0), org.code, org.kind, coalesce(parent.code, ''),
       version.number, version.name, version.short_name, version.school_kind, version.settlement, version.levels,
       coalesce(to_char(lower(version.valid), 'YYYY-MM-DD'), ''), coalesce(to_char(upper(version.valid), 'YYYY-MM-DD'), ''),
       org.training, coalesce(to_char(org.opened_on, 'YYYY-MM-DD'), ''), coalesce(to_char(org.closed_on, 'YYYY-MM-DD'), '')
from shans.org
join shans.org_version version on version.org_id = org.id
left join shans.org parent on parent.id = version.parent_id
where org.code = $1::text
order by version.valid desc
limit 1
