-- Those a killed sender left behind are sent again at once: the server knows the operation id.
UPDATE operation SET state = 1, next_due_ms = 0, changed_ms = ?1 WHERE state = 2;
