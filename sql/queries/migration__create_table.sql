create table if not exists shans.schema_migration (
    number integer primary key,
    name text not null,
    hash bytea not null,
    applied_at timestamptz not null default clock_timestamp()
)
