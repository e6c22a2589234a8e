-- $1 submission, $2 revision, $3 school, $4 district, $5 document, $6 methodology it names
insert into shans.submission_document (submission_id, revision, school_id, district_id, document_id, profile)
values ($1::bigint, $2::integer, $3::bigint, $4::bigint, $5::bigint, $6::text)
on conflict (submission_id, revision) do nothing
