INSERT INTO operation (id, method, payload, content_hash, school, form, period, source, state,
                       next_due_ms, created_ms, changed_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?9, ?9);
