-- $1 subtree (0: all), $2 forms, $3 period ('': every), $4 state (0: every), $5 after this id, $6 limit, $7 submission
-- (0: every): what the region delivered and is accepted; state 1 awaits, 2 confirmed, 3 disputed
select delivery.*
from (
    select submission.id, submission.school_id, submission.district_id, coalesce(org.code, '') as school_code,
           coalesce((select version.name from shans.org_version version where version.org_id = submission.school_id
                     order by version.valid desc limit 1), '') as school_name,
           coalesce(district.code, '') as district_code, submission.form_code, submission.period, submission.revision,
           case when live.count > 0 then 3 when confirmation.at is not null then 2 else 1 end as state,
           submission.submitted_at, submitter.login as submitted_by, confirmation.at,
           coalesce(confirmer.login, '') as confirmed_by, live.count
    from shans.submission
    left join shans.org on org.id = submission.school_id
    left join shans.org district on district.id = submission.district_id
    join shans.principal submitter on submitter.id = submission.submitted_by
    left join shans.confirmation on confirmation.submission_id = submission.id
                                and confirmation.revision = submission.revision
    left join shans.principal confirmer on confirmer.id = confirmation.principal_id
    cross join lateral (
        select count(*) as count from shans.dispute
        where dispute.submission_id = submission.id and dispute.state in (1, 2)
          and not exists (select from shans.cell_revision later
                          where later.submission_id = dispute.submission_id and later.section = dispute.section
                            and later.row_code = dispute.row_code and later.field = dispute.field
                            and later.revision > dispute.revision)) live
    where submission.source = 3 and submission.state = 5 and submission.form_code = any ($2::text[])
      and ($1::bigint = 0 or submission.school_id = $1 or submission.district_id = $1
           or exists (select from shans.org top where top.id = $1 and top.kind = 1))
      and ($3::text = '' or submission.period = $3)
      and ($7::bigint = 0 or submission.id = $7)
      and submission.id > $5::bigint) delivery
where $4::integer = 0 or delivery.state = $4
order by delivery.id
limit $6::bigint
