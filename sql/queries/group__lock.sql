-- $1 group: one import of its list at a time
select pg_advisory_xact_lock(hashtextextended('shans.school_group', $1::bigint))
