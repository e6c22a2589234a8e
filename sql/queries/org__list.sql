-- $1 subtree (0: all), $2 kind (0: every), $3 day, $4 after this code, $5 limit
select org.id, coalesce(org.parent_id, 0), coalesce(org.district_id, 0), org.code, org.kind, coalesce(parent.code, ''),
       version.number, version.name, version.short_name, version.school_kind, version.settlement, version.levels,
       coalesce(to_char(lower(version.valid), 'YYYY-MM-DD'), ''), coalesce(to_char(upper(version.valid), 'YYYY-MM-DD'), ''),
       org.training, coalesce(to_char(org.opened_on, 'YYYY-MM-DD'), ''), coalesce(to_char(org.closed_on, 'YYYY-MM-DD'), '')
from shans.org
join shans.org_version version on version.org_id = org.id and version.valid @> $3::date
left join shans.org parent on parent.id = version.parent_id
where ($1::bigint = 0 or org.id = $1 or version.parent_id = $1
       or exists (select from shans.org top where top.id = $1 and top.kind = 1))
  and ($2::bigint = 0 or org.kind = $2)
  and org.code collate "C" > $4::text
order by org.code collate "C"
limit $5::bigint
