-- $1 edition, $2 subtree (0: all), $3 after this code, $4 limit
select class.school_id, class.district_id, class.status, class.branches, class.flags, class.reliable, class.typology,
       class.wellbeing_group, class.quality_group, class.official_group, class.official_listed, class.rules, class.groups,
       class.identification_document, coalesce(org.code, ''), coalesce(version.name, ''), coalesce(version.number, ''), coalesce(org.training, false)
from shans.edition_class class
left join shans.org on org.id = class.school_id
left join lateral (select name, number from shans.org_version where org_id = class.school_id
                   order by valid desc limit 1) version on true
where class.edition_number = $1::bigint
  and ($2::bigint = 0 or class.school_id = $2 or class.district_id = $2
       or exists (select from shans.org top where top.id = $2 and top.kind = 1))
  and coalesce(org.code, '') collate "C" > $3::text
order by org.code collate "C"
limit $4::bigint
