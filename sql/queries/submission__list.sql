-- $1 subtree (0: all), $2 form, $3 period ('': every), $4 state (0: every), $5 after this id, $6 limit
select submission.id, submission.school_id, submission.district_id, coalesce(org.code, ''),
       coalesce((select version.name from shans.org_version version where version.org_id = submission.school_id
                 order by version.valid desc limit 1), ''),
       submission.form_code, submission.form_version, submission.period, submission.source, submission.state,
       submission.revision, coalesce(submission.accepted_revision, 0), submission.content_hash, submission.origin,
       submission.changed_at, submission.submitted_at, submission.accepted_at, submission.changed_by,
       changer.login, submitter.login, coalesce(accepter.login, ''),
       (select count(*) from shans.cell_mark mark
        where mark.submission_id = submission.id and mark.resolved_revision is null)
from shans.submission
left join shans.org on org.id = submission.school_id
join shans.principal changer on changer.id = submission.changed_by
join shans.principal submitter on submitter.id = submission.submitted_by
left join shans.principal accepter on accepter.id = submission.accepted_by
where ($1::bigint = 0 or submission.school_id = $1 or submission.district_id = $1
       or exists (select from shans.org top where top.id = $1 and top.kind = 1))
  and ($2::text = '' or submission.form_code = $2)
  and ($3::text = '' or submission.period = $3)
  and ($4::integer = 0 or submission.state = $4)
  and submission.id > $5::bigint
order by submission.id
limit $6::bigint
