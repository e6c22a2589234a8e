-- $1 id, $2 input hash, $3 output hash, $4 program version, $5 schools, $6 now
update shans.run
set state = 2, input_hash = $2::bytea, output_hash = $3::bytea, program_version = $4::text, school_count = $5::integer,
    finished_at = $6::timestamptz
where id = $1::bigint and state = 1
