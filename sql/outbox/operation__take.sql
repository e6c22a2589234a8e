-- The oldest due one that no earlier waiting operation on the same form must precede.
SELECT o.seq, o.id, o.method, o.payload, o.content_hash, o.school, o.form, o.period, o.source, o.state,
       o.attempts, o.next_due_ms, o.created_ms, o.code, o.reason, o.args, r.number, r.content_hash,
       r.server_time_ms, r.submission_id, r.revision, r.state, ''
FROM operation AS o LEFT JOIN receipt AS r ON r.operation_id = o.id
WHERE o.state = 1 AND o.next_due_ms <= ?1
  AND NOT EXISTS (SELECT 1 FROM operation AS e
                  WHERE e.state IN (1, 2) AND e.school = o.school AND e.form = o.form
                    AND e.period = o.period AND e.source = o.source AND e.seq < o.seq)
ORDER BY o.seq
LIMIT 1;
