SELECT count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2), count(*) FILTER (WHERE state = 3),
       count(*) FILTER (WHERE state = 4), min(created_ms) FILTER (WHERE state <> 3)
FROM operation
WHERE id NOT IN (SELECT operation_id FROM dismissal);
