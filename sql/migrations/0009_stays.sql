-- What is written once can be neither changed nor deleted, nor emptied as a whole.

-- The table a trigger speaks for: that of the partition's root.
create or replace function shans.refuse_change() returns trigger language plpgsql as
$$
declare
    root text := (select relname from pg_class where oid = coalesce(pg_partition_root(tg_relid), tg_relid));
begin
    raise exception 'insert-only table' using errcode = 'restrict_violation', constraint = root || '_insert_only';
end
$$;

create or replace function shans.refuse_change_but_move() returns trigger language plpgsql as
$$
declare
    root text := (select relname from pg_class where oid = coalesce(pg_partition_root(tg_relid), tg_relid));
begin
    if tg_op = 'UPDATE' and to_jsonb(new) - 'district_id' = to_jsonb(old) - 'district_id' then
        return new;
    end if;
    raise exception 'insert-only table' using errcode = 'restrict_violation', constraint = root || '_insert_only';
end
$$;

-- A submission that has figures stays.
create trigger submission_stays before delete on shans.submission for each row execute function shans.refuse_change();

do $$
declare
    name text;
begin
    for name in select relname from pg_class join pg_trigger on tgrelid = pg_class.oid
                where relnamespace = 'shans'::regnamespace and tgname in (relname || '_insert_only', relname || '_immutable') loop
        execute format('create trigger %I before truncate on shans.%I for each statement'
                       ' execute function shans.refuse_change()', name || '_stays', name);
    end loop;
end
$$;
