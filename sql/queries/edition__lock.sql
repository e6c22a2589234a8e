-- one publication at a time: numbers follow one another without gaps
select pg_advisory_xact_lock(7305800201) is null
