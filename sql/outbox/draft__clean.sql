UPDATE draft SET dirty = 0 WHERE school = ?1 AND form = ?2 AND period = ?3;
