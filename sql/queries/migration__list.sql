select number, name, hash from shans.schema_migration order by number
