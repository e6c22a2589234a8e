grant select on shans.schema_migration to public
