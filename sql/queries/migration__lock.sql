-- The number is "shans" in ASCII: one runner in a database at a time, until the session ends.
select pg_try_advisory_lock(495672454771)
