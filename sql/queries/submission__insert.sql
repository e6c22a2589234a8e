-- $1 id (0: the next), $2 school, $3 district, $4 form, $5 version, $6 period, $7 source, $8 state, $9 revision,
-- $10 content hash, $11 origin, $12 now, $13 principal, $14 accepted
insert into shans.submission (id, school_id, district_id, form_code, form_version, period, source, state, revision,
                              content_hash, origin, changed_at, changed_by, submitted_at, submitted_by,
                              accepted_revision, accepted_at, accepted_by)
overriding system value
values (coalesce(nullif($1::bigint, 0), nextval('shans.submission_id_seq')), $2::bigint, $3::bigint, $4::text,
        $5::integer, $6::text, $7::smallint, $8::smallint, $9::integer, $10::bytea, $11::text,
        $12::timestamptz, $13::bigint, $12, $13,
        case when $14::boolean then $9 end, case when $14 then $12 end, case when $14 then $13 end)
returning id
