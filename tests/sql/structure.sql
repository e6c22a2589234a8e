-- What must hold for every table and role, also for those added later.
do $$
declare
    bad text;
begin
    -- Tables outside row-level security are named here, one by one.
    select string_agg(relname, ', ') into bad
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = 'shans' and relkind in ('r', 'p') and not (relrowsecurity and relforcerowsecurity)
      and relname not in ('schema_migration', 'principal', 'token', 'operation', 'audit_log', 'methodology', 'run',
                          'run_input', 'edition');
    assert bad is null, 'no row-level security: ' || bad;

    select string_agg(rolname, ', ') into bad
    from pg_roles where rolname like 'shans%' and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolinherit);
    assert bad is null, 'too powerful: ' || bad;
    assert (select count(*) from pg_roles where rolname like 'shans%' and rolcanlogin) = 1, 'one login only';

    select string_agg(relname, ', ') into bad
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace join pg_roles on pg_roles.oid = relowner
    where nspname = 'shans' and relkind in ('r', 'p', 'v', 'S') and relname not like 'schema_migration%'
      and rolname <> 'shans_owner';
    assert bad is null, 'not of shans_owner: ' || bad;

    -- Nobody who serves requests may empty a table, make triggers or references, or own anything.
    select string_agg(format('%s on %s', role.rolname, relname), ', ') into bad
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace, pg_roles role
    where nspname = 'shans' and relkind in ('r', 'p') and role.rolname like 'shans%' and role.rolname <> 'shans_owner'
      and has_table_privilege(role.oid, pg_class.oid, 'truncate, references, trigger');
    assert bad is null, 'too many grants: ' || bad;

    -- The login itself reads nothing but the list of migrations.
    select string_agg(relname, ', ') into bad
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = 'shans' and relkind in ('r', 'p') and relname <> 'schema_migration'
      and has_any_column_privilege('shans_app', pg_class.oid, 'select, insert, update');
    assert bad is null, 'shans_app sees: ' || bad;

    -- An auditor writes nothing but audit rows.
    select string_agg(relname, ', ') into bad
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = 'shans' and relkind in ('r', 'p') and relname <> 'audit_log'
      and (has_any_column_privilege('shans_auditor', pg_class.oid, 'insert, update')
           or has_table_privilege('shans_auditor', pg_class.oid, 'delete'));
    assert bad is null, 'the auditor writes: ' || bad;

    -- A policy names one of the working roles, never everyone.
    select string_agg(policyname, ', ') into bad from pg_policies where schemaname = 'shans' and roles = '{public}';
    assert bad is null, 'for everyone: ' || bad;

    select string_agg(proname, ', ') into bad
    from pg_proc join pg_namespace on pg_namespace.oid = pronamespace where nspname = 'shans' and prosecdef
      -- new partitions, and cells that follow their school to another district: with the rights of shans_owner, not more
      and not (proname in ('partitions_ahead', 'cell_move') and proowner = 'shans_owner'::regrole);
    assert bad is null, 'runs with rights of its owner: ' || bad;

    select string_agg(relname, ', ') into bad
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = 'shans' and relkind in ('v', 'm')
      and not coalesce(reloptions::text[] @> array['security_invoker=true'], false);
    assert bad is null, 'a view that skips policies: ' || bad;

    assert not exists (select from pg_index where not indisvalid), 'an invalid index';

    -- Partitions are reached through their table alone, and every one of what is written once refuses to be emptied.
    select string_agg(format('%s to %s', relname, role.rolname), ', ') into bad
    from pg_class, pg_roles role
    where relnamespace = 'shans'::regnamespace and relispartition and relkind = 'r' and role.rolname like 'shans%'
      and role.rolname <> 'shans_owner'
      and has_any_column_privilege(role.oid, pg_class.oid, 'select, insert, update');
    assert bad is null, 'a partition by itself: ' || bad;
    select string_agg(relname, ', ') into bad
    from pg_class
    where relnamespace = 'shans'::regnamespace and relkind in ('r', 'p')
      and exists (select from pg_trigger where tgrelid = pg_class.oid and tgname like '%\_insert\_only')
      and not exists (select from pg_trigger where tgrelid = pg_class.oid and tgname like '%\_stays');
    assert bad is null, 'can be emptied: ' || bad;
end
$$;
