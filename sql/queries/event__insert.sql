-- $1 id (0: the next), $2 submission, $3 school, $4 district, $5 revision, $6 event, $7 from, $8 to, $9 principal,
-- $10 comment, $11 now
insert into shans.submission_event (id, submission_id, school_id, district_id, revision, event, from_state, to_state,
                                    principal_id, comment, at)
overriding system value
values (coalesce(nullif($1::bigint, 0), nextval('shans.submission_event_id_seq')), $2::bigint, $3::bigint, $4::bigint,
        $5::integer, $6::text, $7::smallint, $8::smallint, $9::bigint, $10::text, $11::timestamptz)
returning id
