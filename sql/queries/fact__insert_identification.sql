-- $1 school, $2 district, $3 year, $4 wellbeing, $5 quality, $6 cluster, $7 typology, $8 group, $9 listed,
-- $10 submission, $11 revision
insert into shans.fact_identification (school_id, district_id, year, wellbeing_group, quality_group, quality_cluster,
                                       declared_typology, support_group, listed, submission_id, revision)
values ($1::bigint, $2::bigint, $3::integer, $4::integer, $5::integer, $6::integer, $7::text, $8::text, $9::boolean,
        $10::bigint, $11::integer)
