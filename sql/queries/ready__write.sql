-- A record of the write-ahead log without a table: the commit waits for the disk and for the standbys, as every other
select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on',
       case when pg_is_in_recovery() then null
            else pg_logical_emit_message(true, 'shans', 'ready')::text end
