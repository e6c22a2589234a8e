-- Revision this person knows of (own receipts, or looked at), and how many operations on the form still wait.
SELECT max(coalesce((SELECT max(r.revision) FROM receipt AS r JOIN operation AS o ON o.id = r.operation_id
                     WHERE o.school = ?1 AND o.form = ?2 AND o.period = ?3 AND o.source = ?4), 0),
           coalesce((SELECT s.revision FROM seen AS s
                     WHERE s.school = ?1 AND s.form = ?2 AND s.period = ?3 AND s.source = ?4), 0)),
       (SELECT count(*) FROM operation AS o
        WHERE o.school = ?1 AND o.form = ?2 AND o.period = ?3 AND o.source = ?4 AND o.state IN (1, 2));
