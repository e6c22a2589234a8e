-- Revision the server will have once everything waiting for this form is through.
SELECT coalesce((SELECT max(r.revision) FROM receipt AS r JOIN operation AS o ON o.id = r.operation_id
                 WHERE o.school = ?1 AND o.form = ?2 AND o.period = ?3 AND o.source = ?4), 0),
       (SELECT count(*) FROM operation AS o
        WHERE o.school = ?1 AND o.form = ?2 AND o.period = ?3 AND o.source = ?4 AND o.state IN (1, 2));
