INSERT INTO draft_cell (school, form, period, section, row, field, kind, number, changed_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (school, form, period, section, row, field)
DO UPDATE SET kind = excluded.kind, number = excluded.number, changed_ms = excluded.changed_ms;
