-- Row-level security alone: for every table of figures and every role with every kind of scope, exactly the rows that
-- belong to it are seen. `wanted` is the rule, written here independently of the policies.
create function trial.sees(role text, district text, schools text, region text, wanted text) returns void
language plpgsql as
$$
declare
    name text;
    owned bigint;
    seen bigint;
    foreign_rows bigint;
begin
    foreach name in array array['submission', 'cell_revision', 'submission_event', 'cell_mark', 'fact_result',
                                'fact_identification', 'import_issue', 'run_class', 'run_procedure', 'edition_class',
                                'edition_procedure', 'group_member', 'submission_document', 'confirmation',
                                'dispute'] loop
        owned := trial.count(format('select count(*) from shans.%I where %s', name, wanted));
        perform trial.enter(role, district, schools, region);
        if has_table_privilege(role, 'shans.' || name, 'select') then
            seen := trial.count(format('select count(*) from shans.%I', name));
            foreign_rows := trial.count(format('select count(*) from shans.%I where not coalesce(%s, false)', name, wanted));
            perform trial.leave();
            assert foreign_rows = 0, format('%s (%s, %s, %s) sees %s rows of others in %s', role, district, schools,
                                            region, foreign_rows, name);
            assert seen = owned, format('%s (%s, %s, %s) sees %s of %s rows in %s', role, district, schools, region,
                                        seen, owned, name);
        else
            perform trial.fails(format('select count(*) from shans.%I', name), '42501');
            perform trial.leave();
        end if;
    end loop;
end
$$;

do $$
declare
    role text;
    nothing text;
begin
    assert (select count(*) from shans.submission) = 4;

    perform trial.sees('shans_school', null, '{11}', null, 'school_id = 11');
    perform trial.sees('shans_school', null, '{11,12}', null, 'school_id in (11, 12)');
    perform trial.sees('shans_school', null, '{21}', null, 'school_id = 21');
    perform trial.sees('shans_school', null, '{999}', null, 'false');
    perform trial.sees('shans_district', '2', null, null, 'district_id = 2');
    perform trial.sees('shans_district', '3', null, null, 'district_id = 3');
    perform trial.sees('shans_district', '999', null, null, 'false');
    perform trial.sees('shans_region', null, null, 'on', 'true');
    perform trial.sees('shans_auditor', null, null, 'on', 'true');
    perform trial.sees('shans_writer', null, '{12}', null, 'school_id = 12');
    perform trial.sees('shans_writer', '3', null, null, 'district_id = 3');
    perform trial.sees('shans_writer', null, null, 'on', 'true');

    -- A setting of another level widens nothing.
    perform trial.sees('shans_school', '3', '{11}', 'on', 'school_id = 11');
    perform trial.sees('shans_school', '2', null, 'on', 'false');
    perform trial.sees('shans_district', '2', '{21}', 'on', 'district_id = 2');
    perform trial.sees('shans_district', null, '{11}', 'on', 'false');
    perform trial.sees('shans_region', '2', '{11}', null, 'false');
    perform trial.sees('shans_region', '2', '{11}', 'yes', 'false');
    perform trial.sees('shans_auditor', '2', '{11}', 'off', 'false');

    -- No context, no rows: never set, emptied, or set to nothing.
    foreach role in array array['shans_school', 'shans_district', 'shans_region', 'shans_auditor', 'shans_writer'] loop
        perform trial.sees(role, null, null, null, 'false');
        perform trial.sees(role, null, '{}', null, 'false');
        perform trial.sees(role, '0', '{}', 'off', 'false');
        perform trial.sees(role, null, '{null}', null, 'false');
    end loop;
end
$$;

-- A membership that nothing approves is the ministry's alone; documents likewise; the dictionary is everybody's.
do $$
begin
    insert into shans.group_member (group_id, school_id, district_id, valid, document_in, approved, added_at, added_by)
    select 2, id, district_id, '[2023-02-01,2023-03-01)', 2, false, now(), 1 from shans.org where kind = 3;
    perform trial.enter('shans_school', null, '{11}', null);
    assert trial.count('select count(*) from shans.group_member') = 1;
    assert trial.count('select count(*) from shans.official_document') = 1;
    assert trial.count('select count(*) from shans.school_group') = 2;
    perform trial.leave();
    perform trial.enter('shans_district', '2', null, null);
    assert trial.count('select count(*) from shans.group_member') = 2;
    assert trial.count('select count(*) from shans.official_document where not approves') = 0;
    perform trial.leave();
    perform trial.enter('shans_region', null, null, 'on');
    assert trial.count('select count(*) from shans.group_member') = 8;
    assert trial.count('select count(*) from shans.official_document') = 2;
    perform trial.leave();
    delete from shans.group_member where group_id = 2;
end
$$;

-- Organisations: one's own, and by name those above.
do $$
begin
    perform trial.enter('shans_school', null, '{11}', null, '{1,2}');
    assert trial.count('select count(*) from shans.org') = 3;
    assert trial.count('select count(*) from shans.org where id in (1, 2, 11)') = 3;
    assert trial.count('select count(*) from shans.org_version') = 3;
    assert trial.count('select count(*) from shans.org_link') = 1;
    perform trial.leave();
    perform trial.enter('shans_school', null, '{22}', null, null);
    assert trial.count('select count(*) from shans.org') = 1;
    assert trial.count('select count(*) from shans.org_version') = 1;
    assert trial.count('select count(*) from shans.org_link') = 0;
    perform trial.leave();
    perform trial.enter('shans_district', '2', null, null, '{1}');
    assert trial.count('select count(*) from shans.org') = 4;
    assert trial.count('select count(*) from shans.org where district_id = 3') = 0;
    assert trial.count('select count(*) from shans.org_version') = 4;
    perform trial.leave();
    perform trial.enter('shans_region', null, null, 'on', null);
    assert trial.count('select count(*) from shans.org') = 7;
    perform trial.leave();
    perform trial.enter('shans_school', null, null, null, null);
    assert trial.count('select count(*) from shans.org') = 0;
    assert trial.count('select count(*) from shans.org_version') = 0;
    assert trial.count('select count(*) from shans.org_link') = 0;
    perform trial.leave();
end
$$;

-- Sign-in reads people and tokens and nothing else; nobody else reads tokens or where people belong.
do $$
declare
    role text;
begin
    perform trial.enter('shans_auth', null, null, null);
    assert trial.count('select count(*) from shans.token') = 7;
    perform trial.fails('select count(*) from shans.submission', '42501');
    perform trial.fails('update shans.token set revoked_at = now()', '42501');
    perform trial.fails('insert into shans.principal (login, role, org_id) values (''x'', 1, 1)', '42501');
    perform trial.leave();
    foreach role in array array['shans_school', 'shans_district', 'shans_region', 'shans_auditor', 'shans_writer',
                                'shans_jobs', 'shans_app'] loop
        perform trial.enter(role, '2', '{11}', 'on');
        perform trial.fails('select count(hash) from shans.token', '42501');
        perform trial.fails('select count(org_id) from shans.principal', '42501')
        where role in ('shans_school', 'shans_writer', 'shans_jobs', 'shans_app');
        perform trial.fails('select count(active) from shans.principal', '42501');
        perform trial.fails('select content_hash from shans.submission for update', case role
            when 'shans_jobs' then '42501' when 'shans_app' then '42501' when 'shans_auditor' then '42501' end)
        where role in ('shans_jobs', 'shans_app', 'shans_auditor');
        perform trial.leave();
    end loop;
end
$$;
