SELECT section, row, field, kind, number FROM draft_cell
WHERE school = ?1 AND form = ?2 AND period = ?3
ORDER BY section, row, field;
