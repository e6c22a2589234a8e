INSERT INTO draft (school, form, period, form_version, dirty, changed_ms) VALUES (?1, ?2, ?3, ?4, 1, ?5)
ON CONFLICT (school, form, period)
DO UPDATE SET form_version = excluded.form_version, dirty = 1, changed_ms = excluded.changed_ms;
