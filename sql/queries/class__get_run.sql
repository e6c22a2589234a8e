-- $1 run, $2 school
select class.school_id, class.district_id, class.status, class.branches, class.flags, class.reliable, class.typology,
       class.wellbeing_group, class.quality_group, class.official_group, class.official_listed, class.rules, class.groups,
       class.identification_document, coalesce(org.code, ''), coalesce(version.name, ''), coalesce(version.number, ''), coalesce(org.training, false)
from shans.run_class class
left join shans.org on org.id = class.school_id
left join lateral (select name, number from shans.org_version where org_id = class.school_id
                   order by valid desc limit 1) version on true
where class.run_id = $1::bigint and class.school_id = $2::bigint
