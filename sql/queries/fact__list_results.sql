-- $1 schools, $2 first year, $3 last year
select school_id, year, procedure, source, held, participants, below, submission_id, revision
from shans.fact_result
where school_id = any ($1::bigint[]) and year between $2::integer and $3::integer
