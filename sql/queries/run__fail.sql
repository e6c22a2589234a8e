-- $1 id, $2 reason, $3 now
update shans.run set state = 3, failure_reason = $2::text, finished_at = $3::timestamptz
where id = $1::bigint and state = 1
