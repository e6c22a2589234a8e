-- $1 submission, $2 section, $3 row, $4 field: the cell as delivered last, and the objection to it as it stands, if any
select standing.kind, standing.number, standing.revision, coalesce(dispute.state, 0)
from (select kind, number, revision from shans.cell_revision
      where submission_id = $1::bigint and section = $2::text and row_code = $3::text and field = $4::text
      order by revision desc limit 1) standing
left join lateral (
    select state from shans.dispute
    where submission_id = $1 and section = $2 and row_code = $3 and field = $4 and dispute.revision = standing.revision
    order by id desc limit 1) dispute on true
where standing.kind <> 0
