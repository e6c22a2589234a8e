-- $1 number, $2 run
insert into shans.edition_class (edition_number, run_id, school_id, district_id, status, branches, flags, reliable, typology,
                                 wellbeing_group, quality_group, official_group, official_listed, rules, groups,
                                 identification_document)
select $1::integer, run_id, school_id, district_id, status, branches, flags, reliable, typology, wellbeing_group,
       quality_group, official_group, official_listed, rules, groups, identification_document
from shans.run_class where run_id = $2::bigint
