-- A refused operation that a person gave up: kept with the reason, never deleted, never sent again.
CREATE TABLE dismissal (
    operation_id BLOB PRIMARY KEY REFERENCES operation (id),
    comment TEXT NOT NULL CHECK (length(trim(comment)) BETWEEN 1 AND 1000),
    dismissed_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TRIGGER dismissal_of_refused BEFORE INSERT ON dismissal
WHEN NOT EXISTS (SELECT 1 FROM operation WHERE id = NEW.operation_id AND state = 4)
BEGIN
    SELECT raise(ABORT, 'only a refused operation can be dismissed');
END;

CREATE TRIGGER dismissal_frozen BEFORE UPDATE ON dismissal
BEGIN
    SELECT raise(ABORT, 'a dismissal never changes');
END;

CREATE TRIGGER dismissal_kept BEFORE DELETE ON dismissal
BEGIN
    SELECT raise(ABORT, 'a dismissal is never deleted');
END;

CREATE TRIGGER operation_dismissed BEFORE UPDATE OF state ON operation
WHEN EXISTS (SELECT 1 FROM dismissal WHERE operation_id = OLD.id)
BEGIN
    SELECT raise(ABORT, 'a dismissed operation stays as it is');
END;

PRAGMA user_version = 2;
