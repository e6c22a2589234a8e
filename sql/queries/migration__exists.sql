select to_regclass('shans.schema_migration') is not null
