-- $1 number, $2 run
insert into shans.edition_procedure (edition_number, run_id, school_id, district_id, procedure, year, participants, below,
                                     low, risk, reliable, wilson_low_ppm, wilson_high_ppm, source, submission_id, revision,
                                     origin_school_id, disputed)
select $1::integer, run_id, school_id, district_id, procedure, year, participants, below, low, risk, reliable,
       wilson_low_ppm, wilson_high_ppm, source, submission_id, revision, origin_school_id, disputed
from shans.run_procedure where run_id = $2::bigint
