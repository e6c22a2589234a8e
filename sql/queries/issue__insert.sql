-- $1 rule, $2 severity, $3 school, $4 district (0: none), $5 place, $6 raw value, $7 proposal, $8 keys, $9 values,
-- $10 document, $11 now, $12 principal
insert into shans.import_issue (rule, severity, school_id, district_id, place, raw_value, proposal, arg_keys, arg_values,
                                document, created_at, created_by)
values ($1::text, $2::smallint, nullif($3::bigint, 0), nullif($4::bigint, 0), $5::text, $6::text, $7::text, $8::text[],
        $9::text[], $10::text, $11::timestamptz, $12::bigint)
on conflict on constraint import_issue_once do nothing
