-- a commit waits for the standbys only if it has something of its own in the log
select pg_logical_emit_message(true, 'shans.confirm', '') is null
