-- $1 submission, $2 revision, $3 school, $4 district, $5 principal, $6 now; nothing when it was confirmed before
insert into shans.confirmation (submission_id, revision, school_id, district_id, principal_id, at)
values ($1::bigint, $2::integer, $3::bigint, $4::bigint, $5::bigint, $6::timestamptz)
on conflict (submission_id, revision) do nothing
