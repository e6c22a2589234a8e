-- $1 submission, $2 revision (0: the last)
select section, row_code, field, kind, number
from (select distinct on (section, row_code, field) section, row_code, field, kind, number
      from shans.cell_revision
      where submission_id = $1::bigint and year = (select left(period, 4)::smallint from shans.submission where id = $1)
        and ($2::integer = 0 or revision <= $2)
      order by section, row_code, field, revision desc) standing
where kind <> 0
order by section collate "C", row_code collate "C", field collate "C"
