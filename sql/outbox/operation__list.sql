-- ?1: 1 for those that are not done, 0 for all.
SELECT o.seq, o.id, o.method, o.payload, o.content_hash, o.school, o.form, o.period, o.source, o.state,
       o.attempts, o.next_due_ms, o.created_ms, o.code, o.reason, o.args, r.number, r.content_hash,
       r.server_time_ms, r.submission_id, r.revision, r.state
FROM operation AS o LEFT JOIN receipt AS r ON r.operation_id = o.id
WHERE ?1 = 0 OR o.state <> 3
ORDER BY o.seq;
