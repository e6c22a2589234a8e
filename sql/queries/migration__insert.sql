-- $1 number, $2 name, $3 BLAKE2b-256 of the text
insert into shans.schema_migration (number, name, hash) values ($1, $2, $3)
