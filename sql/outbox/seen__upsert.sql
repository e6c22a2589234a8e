INSERT INTO seen (school, form, period, source, revision) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (school, form, period, source) DO UPDATE SET revision = excluded.revision
