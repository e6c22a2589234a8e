UPDATE operation SET state = ?2, next_due_ms = ?3, changed_ms = ?4, code = ?5, reason = ?6, args = ?7
WHERE id = ?1 AND state <> 3;
