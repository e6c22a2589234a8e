-- Database roles. None is a superuser, none bypasses row-level security, none of the working roles owns a table.
-- shans_app is the only login of the server: it takes one of the working roles for each transaction.
do $$
declare
    name text;
begin
    foreach name in array array['shans_owner', 'shans_auth', 'shans_school', 'shans_district', 'shans_region',
                                'shans_auditor', 'shans_writer', 'shans_jobs'] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I nologin nosuperuser nobypassrls noinherit', name);
        end if;
    end loop;
    if not exists (select from pg_roles where rolname = 'shans_app') then
        create role shans_app login nosuperuser nobypassrls noinherit;
    end if;
end
$$;

grant shans_auth, shans_school, shans_district, shans_region, shans_auditor, shans_writer, shans_jobs to shans_app;

create extension if not exists btree_gist;

alter schema shans owner to shans_owner;
grant usage on schema shans to shans_app, shans_auth, shans_school, shans_district, shans_region, shans_auditor,
                               shans_writer, shans_jobs;

-- The scope of the transaction, set by set_config(…, true). Unset means nothing is visible.
create function shans.scope_schools() returns bigint[] language sql stable parallel safe as
$$ select nullif(current_setting('shans.schools', true), '')::bigint[] $$;

create function shans.scope_district() returns bigint language sql stable parallel safe as
$$ select nullif(current_setting('shans.district', true), '')::bigint $$;

create function shans.scope_region() returns boolean language sql stable parallel safe as
$$ select coalesce(current_setting('shans.region', true), '') = 'on' $$;

create function shans.scope_principal() returns bigint language sql stable parallel safe as
$$ select nullif(current_setting('shans.principal', true), '')::bigint $$;

-- Organisations above one's own that a person may see by name (its district, the region).
create function shans.scope_above() returns bigint[] language sql stable parallel safe as
$$ select nullif(current_setting('shans.above', true), '')::bigint[] $$;

-- Refuses a change of rows that are written once.
create function shans.refuse_change() returns trigger language plpgsql as
$$
begin
    raise exception 'insert-only table' using errcode = 'restrict_violation', constraint = tg_table_name || '_insert_only';
end
$$;

-- The same for rows that repeat the district of their school: only the school's move to another district, which the
-- foreign key hands on, may touch them.
create function shans.refuse_change_but_move() returns trigger language plpgsql as
$$
begin
    if tg_op = 'UPDATE' and to_jsonb(new) - 'district_id' = to_jsonb(old) - 'district_id' then
        return new;
    end if;
    raise exception 'insert-only table' using errcode = 'restrict_violation', constraint = tg_table_name || '_insert_only';
end
$$;
