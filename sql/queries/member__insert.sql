-- $1 group, $2 from, $3 to ('': open), $4 document, $5 approved, $6 now, $7 principal, $8 schools, $9 districts
insert into shans.group_member (group_id, school_id, district_id, valid, document_in, approved, added_at, added_by)
select $1::bigint, school.id, school.district_id, daterange($2::text::date, nullif($3::text, '')::date), $4::bigint,
       $5::boolean, $6::timestamptz, $7::bigint
from unnest($8::bigint[], $9::bigint[]) as school (id, district_id)
