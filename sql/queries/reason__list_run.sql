-- $1 run, $2 school; dates and persons are those of the revision the figures stand in
select reason.school_id, reason.district_id, reason.procedure, reason.year, reason.participants, reason.below, reason.low,
       reason.risk, reason.reliable, reason.wilson_low_ppm, reason.wilson_high_ppm, reason.source, reason.submission_id,
       reason.revision, reason.origin_school_id, coalesce(origin.code, ''), coalesce(submission.form_code, ''),
       submitted.at, coalesce(submitted.login, ''), accepted.at, coalesce(accepted.login, ''), reason.disputed
from shans.run_procedure reason
left join shans.org origin on origin.id = reason.origin_school_id
left join shans.submission on submission.id = reason.submission_id
left join lateral (
    select event.at, principal.login from shans.submission_event event
    join shans.principal on principal.id = event.principal_id
    where event.submission_id = reason.submission_id and event.revision = reason.revision
    order by event.id limit 1) submitted on true
left join lateral (
    select event.at, principal.login from shans.submission_event event
    join shans.principal on principal.id = event.principal_id
    where event.submission_id = reason.submission_id and event.revision = reason.revision and event.to_state = 5
    order by event.id limit 1) accepted on true
where reason.run_id = $1::bigint and reason.school_id = $2::bigint
order by reason.year, reason.procedure collate "C", reason.origin_school_id
