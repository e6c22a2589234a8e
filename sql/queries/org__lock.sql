-- $1 code
select id, kind, coalesce(parent_id, 0), coalesce(district_id, 0), training,
       coalesce(to_char(opened_on, 'YYYY-MM-DD'), ''), coalesce(to_char(closed_on, 'YYYY-MM-DD'), '')
from shans.org where code = $1::text
for update
