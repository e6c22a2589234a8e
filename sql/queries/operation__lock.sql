-- $1 operation id
select pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0)) is null
