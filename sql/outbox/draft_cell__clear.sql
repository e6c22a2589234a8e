DELETE FROM draft_cell
WHERE school = ?1 AND form = ?2 AND period = ?3 AND section = ?4 AND row = ?5 AND field = ?6;
