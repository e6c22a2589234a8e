-- $1 run: one line for each class
select concat_ws('|', org.code, class.status, class.branches, class.flags, class.reliable, class.typology,
                 class.wellbeing_group, class.quality_group, class.official_group, class.official_listed, class.rules,
                 nullif(class.groups, ''), nullif(class.identification_document, ''))
from shans.run_class class
join shans.org on org.id = class.school_id
where class.run_id = $1::bigint
order by org.code collate "C"
