-- Schools this machine has worked on.
SELECT school FROM draft UNION SELECT school FROM operation ORDER BY school LIMIT 5000;
