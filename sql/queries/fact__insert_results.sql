-- $1 school, $2 district, $3 year, $4 source, $5 submission, $6 revision, $7 procedures, $8 held, $9 participants, $10 below
insert into shans.fact_result (school_id, district_id, year, procedure, source, held, participants, below, submission_id,
                               revision)
select $1::bigint, $2::bigint, $3::integer, procedure, $4::smallint, held, participants, below, $5::bigint, $6::integer
from unnest($7::text[], $8::boolean[], $9::bigint[], $10::bigint[]) as fact (procedure, held, participants, below)
