-- $1 run, then one array for each column
insert into shans.run_class (run_id, school_id, district_id, status, branches, flags, reliable, typology, wellbeing_group,
                             quality_group, official_group, official_listed, rules, groups, identification_document)
select $1::bigint, class.*
from unnest($2::bigint[], $3::bigint[], $4::smallint[], $5::integer[], $6::integer[], $7::boolean[], $8::text[],
            $9::integer[], $10::integer[], $11::text[], $12::boolean[], $13::text[], $14::text[], $15::text[]) as class
