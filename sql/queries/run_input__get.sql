-- $1 hash
select bytes from shans.run_input where hash = $1::bytea
