-- $1 submission
select mark.section, mark.row_code, mark.field, mark.comment, mark.revision, coalesce(mark.resolved_revision, 0),
       principal.login, mark.made_at
from shans.cell_mark mark
join shans.principal on principal.id = mark.made_by
where mark.submission_id = $1::bigint
order by mark.id
