-- $1 submission, $2 revision, $3 school, $4 district, $5 section, $6 row, $7 field, $8 delivered kind, $9 number,
-- $10 claimed kind, $11 number, $12 reason, $13 state, $14 principal, $15 now
insert into shans.dispute (submission_id, revision, school_id, district_id, section, row_code, field, delivered_kind,
                           delivered_number, claimed_kind, claimed_number, reason, state, made_by, made_at)
values ($1::bigint, $2::integer, $3::bigint, $4::bigint, $5::text, $6::text, $7::text, $8::smallint, $9::bigint,
        $10::smallint, $11::bigint, $12::text, $13::smallint, $14::bigint, $15::timestamptz)
returning id
