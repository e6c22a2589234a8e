-- $1 submission
select event.id, event.submission_id, event.school_id, event.district_id, event.revision, event.event,
       event.from_state, event.to_state, event.principal_id, principal.login, event.comment, event.at
from shans.submission_event event
join shans.principal on principal.id = event.principal_id
where event.submission_id = $1::bigint
order by event.id
