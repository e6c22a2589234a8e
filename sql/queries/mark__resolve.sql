-- $1 submission, $2 revision; a mark without field stands for a row, without row and field for a section
update shans.cell_mark mark
set resolved_revision = $2::integer
where mark.submission_id = $1::bigint and mark.resolved_revision is null
  and exists (
      select from shans.cell_revision cell
      where cell.submission_id = $1 and cell.revision = $2 and cell.section = mark.section
        and (cell.row_code = mark.row_code or (mark.row_code = '' and mark.field = ''))
        and (cell.field = mark.field or mark.field = ''))
