-- $1 submissions: which rows of them hold a figure under dispute
select dispute.submission_id, dispute.row_code
from shans.dispute
where dispute.submission_id = any ($1::bigint[]) and dispute.state in (1, 2)
  and not exists (select from shans.cell_revision later
                  where later.submission_id = dispute.submission_id and later.section = dispute.section
                    and later.row_code = dispute.row_code and later.field = dispute.field
                    and later.revision > dispute.revision)
group by dispute.submission_id, dispute.row_code
order by dispute.submission_id, dispute.row_code collate "C"
