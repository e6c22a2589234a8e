-- $1 day of leaving, $2 document, $3 now, $4 principal, $5 members
update shans.group_member set valid = daterange(lower(valid), $1::text::date), document_out = $2::bigint,
                              ended_at = $3::timestamptz, ended_by = $4::bigint
where id = any ($5::bigint[])
