-- $1 id, $2 status, $3 principal, $4 now, $5 reason, $6 value; only an open issue is decided
update shans.import_issue
set status = $2::text, decided_by = $3::bigint, decided_at = $4::timestamptz, decision_reason = $5::text,
    decided_value = $6::text
where id = $1::bigint and status = 'open'
