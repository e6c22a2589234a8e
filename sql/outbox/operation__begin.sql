UPDATE operation SET state = 2, attempts = attempts + 1, changed_ms = ?2 WHERE id = ?1 AND state = 1;
