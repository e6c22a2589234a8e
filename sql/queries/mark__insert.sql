-- $1 submission, $2 school, $3 district, $4 revision, $5 principal, $6 now, $7 sections, $8 rows, $9 fields, $10 comments
insert into shans.cell_mark (submission_id, school_id, district_id, revision, section, row_code, field, comment, made_by,
                             made_at)
select $1::bigint, $2::bigint, $3::bigint, $4::integer, section, row_code, field, comment, $5::bigint, $6::timestamptz
from unnest($7::text[], $8::text[], $9::text[], $10::text[]) as mark (section, row_code, field, comment)
