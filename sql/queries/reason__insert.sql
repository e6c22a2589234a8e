-- $1 run, then one array for each column
insert into shans.run_procedure (run_id, school_id, district_id, procedure, year, participants, below, low, risk, reliable,
                                 wilson_low_ppm, wilson_high_ppm, source, submission_id, revision, origin_school_id,
                                 disputed)
select $1::bigint, reason.*
from unnest($2::bigint[], $3::bigint[], $4::text[], $5::integer[], $6::bigint[], $7::bigint[], $8::boolean[],
            $9::boolean[], $10::boolean[], $11::integer[], $12::integer[], $13::smallint[], $14::bigint[], $15::integer[],
            $16::bigint[], $17::boolean[]) as reason
