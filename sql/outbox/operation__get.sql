SELECT o.seq, o.id, o.method, o.payload, o.content_hash, o.school, o.form, o.period, o.source,
       CASE WHEN d.operation_id IS NULL THEN o.state ELSE 5 END,
       o.attempts, o.next_due_ms, o.created_ms, o.code, o.reason, o.args, r.number, r.content_hash,
       r.server_time_ms, r.submission_id, r.revision, r.state, d.comment
FROM operation AS o LEFT JOIN receipt AS r ON r.operation_id = o.id
     LEFT JOIN dismissal AS d ON d.operation_id = o.id
WHERE o.id = ?1;
