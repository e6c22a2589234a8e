INSERT INTO dismissal (operation_id, comment, dismissed_ms) VALUES (?1, ?2, ?3);
