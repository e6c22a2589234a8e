-- The client's own file: what a person typed, what waits to be sent, what the server confirmed.
CREATE TABLE draft (
    school TEXT NOT NULL,
    form TEXT NOT NULL,
    period TEXT NOT NULL,
    form_version INTEGER NOT NULL,
    dirty INTEGER NOT NULL CHECK (dirty IN (0, 1)),
    changed_ms INTEGER NOT NULL,
    PRIMARY KEY (school, form, period)
) WITHOUT ROWID;

CREATE TABLE draft_cell (
    school TEXT NOT NULL,
    form TEXT NOT NULL,
    period TEXT NOT NULL,
    section TEXT NOT NULL,
    row TEXT NOT NULL,
    field TEXT NOT NULL,
    kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
    number INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    PRIMARY KEY (school, form, period, section, row, field),
    FOREIGN KEY (school, form, period) REFERENCES draft (school, form, period)
) WITHOUT ROWID;

-- state: 1 queued, 2 sending, 3 done, 4 parked.
CREATE TABLE operation (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    method TEXT NOT NULL,
    payload BLOB NOT NULL,
    content_hash BLOB NOT NULL CHECK (length(content_hash) = 32),
    school TEXT NOT NULL,
    form TEXT NOT NULL,
    period TEXT NOT NULL,
    source INTEGER NOT NULL,
    state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_due_ms INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    code INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    args TEXT NOT NULL DEFAULT ''
);

CREATE INDEX operation_waiting ON operation (school, form, period, source, seq) WHERE state IN (1, 2);

CREATE TABLE receipt (
    operation_id BLOB PRIMARY KEY REFERENCES operation (id),
    number TEXT NOT NULL,
    content_hash BLOB NOT NULL,
    server_time_ms INTEGER NOT NULL,
    submission_id INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    state INTEGER NOT NULL
) WITHOUT ROWID;

-- Revisions of the server's that this person has looked at: what a correction may rest on beside own receipts.
CREATE TABLE seen (
    school TEXT NOT NULL,
    form TEXT NOT NULL,
    period TEXT NOT NULL,
    source INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (school, form, period, source)
) WITHOUT ROWID;

CREATE TRIGGER operation_frozen
BEFORE UPDATE OF id, method, payload, content_hash, school, form, period, source ON operation
BEGIN
    SELECT raise(ABORT, 'a queued operation never changes');
END;

CREATE TRIGGER operation_kept BEFORE DELETE ON operation
BEGIN
    SELECT raise(ABORT, 'an operation is never deleted');
END;

PRAGMA user_version = 1;
