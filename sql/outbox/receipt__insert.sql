INSERT INTO receipt (operation_id, number, content_hash, server_time_ms, submission_id, revision, state)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (operation_id) DO NOTHING;
