SELECT school, form, period, form_version, dirty, changed_ms FROM draft ORDER BY school, form, period;
