-- What decides whether a commit lasts and a text sorts, who signed in, and which standbys listen
select current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
       current_setting('data_checksums'), current_setting('server_encoding'), place.datctype,
       (extract(epoch from clock_timestamp()) * 1000)::bigint, me.rolname, me.rolsuper or me.rolbypassrls,
       current_setting('synchronous_standby_names'), pg_is_in_recovery(),
       (select count(*) from pg_stat_replication)
from pg_roles me, pg_database place
where me.rolname = session_user and place.datname = current_database()
