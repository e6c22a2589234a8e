-- Ways round the policies: conflicts, foreign keys, MERGE, returning, functions, settings inside a query.
create function trial.only_eleven(school bigint) returns boolean language plpgsql cost 0.0001 as
$$
begin
    if school <> 11 then
        raise exception 'was shown school %', school;
    end if;
    return true;
end
$$;

do $$
declare
    cell text := 'insert into shans.cell_revision (submission_id, revision, section, row_code, field, school_id,'
        ' district_id, kind, number, author_id, at, year) values (%s, 7, ''main'', ''r1'', ''pupils'', %s, %s, 1, 41, 2, now(), 2023)';
    name text;
    state_foreign text;
    state_missing text;
begin
    perform trial.enter('shans_writer', null, '{11}', null);
    -- Own school, another school's submission: the row would hang below figures of others.
    foreach name in array array['1021', '1012'] loop
        begin
            execute format(cell, name, 11, 2);
            state_foreign := 'went through';
        exception when others then
            state_foreign := sqlstate;
        end;
        assert state_foreign = '23503', format('a cell of school 11 below submission %s: %s', name, state_foreign);
    end loop;
    -- Existing and missing submissions of others answer alike.
    begin
        execute format(cell, 999999, 11, 2);
    exception when others then
        state_missing := sqlstate;
    end;
    assert state_missing = state_foreign;

    -- Events, marks and facts likewise.
    perform trial.fails('insert into shans.submission_event (submission_id, school_id, district_id, revision, event,'
        ' from_state, to_state, principal_id, at) values (1021, 11, 2, 1, ''x'', 3, 7, 11, now())', '23503');
    perform trial.fails('insert into shans.cell_mark (submission_id, school_id, district_id, revision, section, row_code,'
        ' field, comment, made_by, made_at) values (1021, 11, 2, 1, ''main'', ''r1'', ''pupils'', ''x'', 2, now())', '23503');
    perform trial.fails('insert into shans.fact_result (school_id, district_id, year, procedure, source, held,'
        ' participants, below, submission_id, revision) values (11, 2, 2022, ''ege.rus'', 1, true, 1, 0, 1021, 1)', '23503');
    perform trial.fails('insert into shans.fact_identification (school_id, district_id, year, submission_id, revision)'
        ' values (11, 2, 2022, 1021, 1)', '23503');

    -- ON CONFLICT DO UPDATE must not reach a row it cannot see.
    perform trial.fails('insert into shans.submission (id, school_id, district_id, form_code, form_version, period, source,'
        ' state, revision, content_hash, changed_at, changed_by, submitted_at, submitted_by) overriding system value'
        ' values (1021, 11, 2, ''staff'', 1, ''2023'', 1, 3, 1, decode(repeat(''00'', 32), ''hex''), now(), 2, now(), 2)'
        ' on conflict (id) do update set revision = 99', '42501');
    perform trial.touches('merge into shans.submission target using (values (1021), (1011)) as source (id)'
        ' on target.id = source.id when matched then update set revision = 98', 1);
    assert trial.count('select count(*) from shans.submission where revision = 98') = 1;
    perform trial.leave();
    assert (select revision from shans.submission where id = 1021) = 1;

    -- A filter function that would print what it is shown is not asked about rows of others.
    perform trial.enter('shans_school', null, '{11}', null);
    assert trial.count('select count(*) from shans.submission where trial.only_eleven(school_id)') = 1;
    perform trial.leave();
end
$$;
