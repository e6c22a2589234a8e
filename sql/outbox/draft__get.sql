SELECT form_version, dirty, changed_ms FROM draft WHERE school = ?1 AND form = ?2 AND period = ?3;
