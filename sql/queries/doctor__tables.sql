-- Tables whose rows belong to schools or districts but are not kept apart, and roles that may read a table without a
-- policy that says which rows; shans_accounts_self joins org and is meant to see none of it
select class.relname,
       (exists (select from pg_policy where polrelid = class.oid)
        or exists (select from pg_attribute where attrelid = class.oid and attname in ('school_id', 'district_id')
                   and not attisdropped)
           and class.relname not in ('principal', 'audit_log', 'operation'))
       and not (class.relrowsecurity and class.relforcerowsecurity),
       coalesce((select string_agg(role.rolname, ', ' order by role.rolname)
                 from pg_roles role
                 where role.rolname like 'shans\_%' and role.rolname not in ('shans_owner', 'shans_app')
                   and class.relrowsecurity and has_any_column_privilege(role.oid, class.oid, 'select')
                   and (class.relname, role.rolname) <> ('org', 'shans_accounts_self')
                   and not exists (select from pg_policy
                                   where polrelid = class.oid and polcmd in ('r', '*')
                                     and (polroles @> array[role.oid] or polroles @> array[0::oid]))), '')
from pg_class class
where class.relnamespace = (select oid from pg_namespace where nspname = 'shans')
  and class.relkind in ('r', 'p') and not class.relispartition
order by class.relname
