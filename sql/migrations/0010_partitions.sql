-- Tables that grow by years are kept in partitions: figures and facts by the year they are about, the audit log by the
-- year it was written in, reasons of runs by hundreds of runs. A partition can be detached, kept elsewhere and dropped
-- without touching a row of the others. Rows of years nobody expected go to the partition called _rest.

-- What is partitioned, by what ('year' a number, 'time' a moment, 'run' hundreds of a run's number), and how many
-- partitions before the present one are made.
create function shans.partitioned() returns table (name text, kind text, since integer) language sql immutable as
$$ values ('cell_revision', 'year', 6), ('fact_result', 'year', 6), ('audit_log', 'time', 1), ('access_log', 'time', 1),
          ('run_procedure', 'run', 10) $$;

-- Makes one partition unless it is there, or its rows are in _rest already, where they stay.
create function shans.partition_make(parent text, suffix text, low text, high text) returns boolean language plpgsql as
$$
declare
    name text := parent || '_' || suffix;
begin
    if to_regclass('shans.' || name) is not null then
        return false;
    end if;
    execute format('create table shans.%I partition of shans.%I for values from (%s) to (%s)', name, parent, low, high);
    execute format('alter table shans.%I enable row level security', name);
    execute format('alter table shans.%I force row level security', name);
    execute format('alter table shans.%I owner to shans_owner', name);
    if exists (select from pg_trigger where tgrelid = to_regclass('shans.' || parent) and tgname = parent || '_stays') then
        execute format('create trigger %I before truncate on shans.%I for each statement'
                       ' execute function shans.refuse_change()', parent || '_stays', name);
    end if;
    return true;
exception when check_violation then
    return false;
end
$$;

-- Partitions of the given year and the two after it, and room for two hundred runs more. Called by the server at its
-- start and once a day; how many were made.
create function shans.partitions_ahead(this_year integer) returns integer language plpgsql security definer
    set search_path = pg_catalog set lock_timeout = '2s' as
$$
declare
    part record;
    made integer := 0;
    number bigint;
begin
    perform pg_advisory_xact_lock(hashtextextended('shans.partitions', 0)); -- of several servers one at a time
    for part in select name, kind, since from shans.partitioned() where to_regclass('shans.' || name) is not null
                    and exists (select from pg_partitioned_table where partrelid = to_regclass('shans.' || name)) loop
        if part.kind = 'run' then
            select coalesce(last_value, 0) / 100 into number from pg_sequences
            where schemaname = 'shans' and sequencename = 'run_id_seq';
            for i in greatest(coalesce(number, 0) - part.since, 0) .. coalesce(number, 0) + 2 loop
                made := made + shans.partition_make(part.name, i::text, (i * 100)::text, (i * 100 + 100)::text)::integer;
            end loop;
        else
            for i in this_year - part.since .. this_year + 2 loop
                made := made + shans.partition_make(
                    part.name, i::text,
                    case part.kind when 'year' then i::text else quote_literal(i || '-01-01 00:00:00+00') end,
                    case part.kind when 'year' then (i + 1)::text else quote_literal((i + 1) || '-01-01 00:00:00+00') end
                    )::integer;
            end loop;
        end if;
    end loop;
    return made;
end
$$;

alter function shans.partitions_ahead(integer) owner to shans_owner;
revoke execute on function shans.partitions_ahead(integer), shans.partition_make(text, text, text, text) from public;
grant execute on function shans.partition_make(text, text, text, text) to shans_owner;
grant execute on function shans.partitions_ahead(integer) to shans_jobs;

-- Turns a table with its rows into a partitioned one of the same name: columns, checks, indexes, foreign keys but those
-- named, triggers, policies and grants are those it has now, whatever later migrations gave it. `more` is a new column
-- and its value. Only for this migration.
create function shans.partition_table(parent text, clause text, key text, more text, value text, source text,
                                      without text[]) returns void language plpgsql as
$$
declare
    old regclass := ('shans.' || parent)::regclass;
    later text[];
    identity text := (select attname from pg_attribute where attrelid = old and attidentity <> '' and not attisdropped);
    number bigint;
    names text := (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
                   where attrelid = old and attnum > 0 and not attisdropped);
begin
    select array_agg(statement) into later from (
        select pg_get_indexdef(indexrelid) as statement from pg_index
        where indrelid = old and not exists (select from pg_constraint where conindid = indexrelid and conrelid = old)
        union all
        select format('alter table shans.%I add constraint %I %s', parent, conname, pg_get_constraintdef(oid))
        from pg_constraint where conrelid = old and contype = 'f' and conname <> all (without)
        union all
        select pg_get_triggerdef(oid) from pg_trigger where tgrelid = old and not tgisinternal
        union all
        select format('create policy %I on shans.%I for %s to %s', policyname, parent, cmd, array_to_string(roles, ', '))
               || coalesce(' using (' || qual || ')', '') || coalesce(' with check (' || with_check || ')', '')
        from pg_policies where schemaname = 'shans' and tablename = parent
        union all
        select format('grant %s on shans.%I to %I', privilege_type, parent, grantee::regrole)
        from pg_class, aclexplode(relacl) where pg_class.oid = old and grantee <> relowner
        union all
        select format('grant %s (%I) on shans.%I to %I', privilege_type, attname, parent, grantee::regrole)
        from pg_attribute, aclexplode(attacl) where attrelid = old and attnum > 0
        union all
        select format('alter table shans.%I enable row level security', parent) from pg_class where oid = old and relrowsecurity
        union all
        select format('alter table shans.%I force row level security', parent) from pg_class
        where oid = old and relforcerowsecurity) as made;
    if identity is not null then
        execute format('select coalesce(max(%I), 0) + 1 from %s', identity, old) into number;
    end if;
    execute format('alter table %s rename to %I', old, parent || '_old');
    execute format('create table shans.%I (like %s including defaults including constraints including comments%s) partition by %s',
                   parent, old, coalesce(', ' || more, ''), clause);
    execute format('alter table shans.%I owner to shans_owner', parent);
    execute format('create table shans.%I partition of shans.%I default', parent || '_rest', parent);
    execute format('alter table shans.%I enable row level security', parent || '_rest');
    execute format('alter table shans.%I force row level security', parent || '_rest');
    execute format('alter table shans.%I owner to shans_owner', parent || '_rest');
    perform shans.partitions_ahead(extract(year from now())::integer);
    execute format('insert into shans.%I (%s%s) select %s%s from %s old %s', parent, names,
                   coalesce(', ' || split_part(more, ' ', 1), ''), 'old.' || replace(names, ', ', ', old.'),
                   coalesce(', ' || value, ''), old, coalesce(source, ''));
    execute format('drop table %s', old);
    execute format('alter table shans.%I add primary key (%s)', parent, key);
    if identity is not null then
        execute format('alter table shans.%I alter %I add generated always as identity (start with %s)', parent, identity, number);
    end if;
    for i in 1 .. coalesce(cardinality(later), 0) loop
        execute later[i];
    end loop;
end
$$;

select shans.partition_table('cell_revision', 'range (year)', 'submission_id, section, row_code, field, revision, year',
                             'year smallint not null', 'left(place.period, 4)::smallint',
                             'join shans.submission place on place.id = old.submission_id', array['cell_of_school']);
select shans.partition_table('fact_result', 'range (year)', 'school_id, year, procedure, source', null, null, null,
                             array[]::text[]);
select shans.partition_table('audit_log', 'range (at)', 'id, at', null, null, null, array[]::text[]);
select shans.partition_table('access_log', 'range (at)', 'at, id', null, null, null, array[]::text[])
where to_regclass('shans.access_log') is not null;
select shans.partition_table('run_procedure', 'range (run_id)', 'run_id, school_id, year, procedure, origin_school_id', null,
                             null, null, array[]::text[]);
drop function shans.partition_table(text, text, text, text, text, text, text[]);

-- A cell belongs to a submission of the same school, district and year. One look a statement instead of one a row: the
-- writer sees the submission, which it has inserted or locked in this transaction.
create function shans.cell_place() returns trigger language plpgsql as
$$
declare
    place record;
begin
    for place in select distinct submission_id, school_id, district_id, year from fresh loop
        perform from shans.submission -- by its key: one place a statement is the rule
        where submission.id = place.submission_id and submission.school_id = place.school_id
          and submission.district_id = place.district_id and left(submission.period, 4)::smallint = place.year;
        if not found then
            raise exception 'a cell of no submission' using errcode = 'foreign_key_violation', constraint = 'cell_of_school';
        end if;
    end loop;
    return null;
end
$$;
create trigger cell_of_school after insert on shans.cell_revision referencing new table as fresh
    for each statement execute function shans.cell_place();

-- And moves with it to another district, as foreign keys do it: with the rights of the table's owner.
create function shans.cell_move() returns trigger language plpgsql security definer set search_path = pg_catalog as
$$
begin
    update shans.cell_revision set district_id = new.district_id
    where submission_id = new.id and year = left(new.period, 4)::smallint;
    return null;
end
$$;
alter function shans.cell_move() owner to shans_owner;
revoke execute on function shans.cell_move() from public;
create policy cell_revision_move on shans.cell_revision for all to shans_owner using (true) with check (true);
create trigger cell_of_school_move after update of district_id on shans.submission
    for each row when (old.district_id is distinct from new.district_id) execute function shans.cell_move();

-- No partition of what is written once can be emptied by itself.
do $$
declare
    part record;
begin
    for part in select pg_class.relname, top.relname as parent
                from pg_class join pg_class top on top.oid = pg_partition_root(pg_class.oid)
                where pg_class.relispartition and pg_class.relkind = 'r' and top.relnamespace = 'shans'::regnamespace
                  and exists (select from pg_trigger where tgrelid = top.oid and tgname = top.relname || '_stays') loop
        execute format('create trigger %I before truncate on shans.%I for each statement'
                       ' execute function shans.refuse_change()', part.parent || '_stays', part.relname);
    end loop;
end
$$;
