UPDATE operation SET state = 1, next_due_ms = 0, changed_ms = ?2
WHERE id = ?1 AND state IN (1, 4) AND id NOT IN (SELECT operation_id FROM dismissal);
