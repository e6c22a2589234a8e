-- $1 submission
with results as (delete from shans.fact_result where submission_id = $1::bigint)
delete from shans.fact_identification where submission_id = $1
