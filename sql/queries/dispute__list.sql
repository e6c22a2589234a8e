-- $1 subtree (0: all), $2 state (0: every; 5: corrected since), $3 after this id, $4 limit, $5 dispute (0: every)
select given.*
from (
    select dispute.id, dispute.submission_id, dispute.revision, dispute.school_id, dispute.district_id,
           coalesce(org.code, '') as school_code,
           coalesce((select version.name from shans.org_version version where version.org_id = dispute.school_id
                     order by version.valid desc limit 1), '') as school_name,
           coalesce(submission.form_code, '') as form_code, coalesce(submission.period, '') as period,
           coalesce(submission.revision, 0) as present_revision, dispute.section, dispute.row_code, dispute.field,
           dispute.delivered_kind, dispute.delivered_number, dispute.claimed_kind, dispute.claimed_number, dispute.reason,
           case when dispute.state in (1, 2) and exists (
                    select from shans.cell_revision later
                    where later.submission_id = dispute.submission_id and later.section = dispute.section
                      and later.row_code = dispute.row_code and later.field = dispute.field
                      and later.revision > dispute.revision) then 5 else dispute.state end as state,
           dispute.made_at, maker.login as made_by, dispute.decided_at, coalesce(decider.login, '') as decided_by,
           dispute.answer
    from shans.dispute
    left join shans.org on org.id = dispute.school_id
    left join shans.submission on submission.id = dispute.submission_id
    join shans.principal maker on maker.id = dispute.made_by
    left join shans.principal decider on decider.id = dispute.decided_by
    where ($1::bigint = 0 or dispute.school_id = $1 or dispute.district_id = $1
           or exists (select from shans.org top where top.id = $1 and top.kind = 1))
      and ($5::bigint = 0 or dispute.id = $5)
      and dispute.id > $3::bigint) given
where $2::integer = 0 or given.state = $2
order by given.id
limit $4::bigint
