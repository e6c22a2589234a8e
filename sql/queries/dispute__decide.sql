-- $1 dispute, $2 state, $3 principal, $4 now, $5 answer: only while nobody decided it
update shans.dispute set state = $2::smallint, decided_by = $3::bigint, decided_at = $4::timestamptz, answer = $5::text
where id = $1::bigint and state = 1
