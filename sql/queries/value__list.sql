-- $1 schools, $2 year, $3 forms, $4 sections, $5 fields (one column each): the newest accepted figures of the year, all rows
-- of a column added; known: some row holds a number and none says "unknown"
with wanted as (
    select wanted.form, wanted.section, wanted.field, wanted.at
    from unnest($3::text[], $4::text[], $5::text[]) with ordinality as wanted (form, section, field, at)),
asked as (
    select asked.school_id, asked.at from unnest($1::bigint[]) with ordinality as asked (school_id, at)),
newest as (
    select distinct on (submission.school_id, submission.form_code) submission.id, submission.school_id,
           submission.form_code, submission.accepted_revision
    from shans.submission
    where submission.school_id = any ($1::bigint[]) and submission.state in (3, 5)
      and submission.accepted_revision is not null and left(submission.period, 4)::integer = $2::integer
      and submission.form_code in (select wanted.form from wanted)
    order by submission.school_id, submission.form_code, submission.period desc, submission.source desc, submission.id desc)
select asked.at - 1, wanted.at - 1, sum(standing.number) filter (where standing.kind = 1)::bigint, newest.id,
       newest.accepted_revision
from newest
join asked on asked.school_id = newest.school_id
join wanted on wanted.form = newest.form_code
cross join lateral (
    select distinct on (cell.row_code) cell.kind, cell.number
    from shans.cell_revision cell
    where cell.submission_id = newest.id and cell.section = wanted.section and cell.field = wanted.field
      and cell.revision <= newest.accepted_revision
    order by cell.row_code, cell.revision desc) standing
group by asked.at, wanted.at, newest.id, newest.accepted_revision
having bool_or(standing.kind = 1) and not bool_or(standing.kind = 3)
order by asked.at, wanted.at
