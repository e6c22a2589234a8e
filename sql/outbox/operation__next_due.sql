SELECT min(o.next_due_ms) FROM operation AS o
WHERE o.state = 1
  AND NOT EXISTS (SELECT 1 FROM operation AS e
                  WHERE e.state IN (1, 2) AND e.school = o.school AND e.form = o.form
                    AND e.period = o.period AND e.source = o.source AND e.seq < o.seq);
