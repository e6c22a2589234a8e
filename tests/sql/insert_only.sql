-- What is written once stays: not even the owner changes or deletes it.
do $$
declare
    name text;
begin
    insert into shans.operation (id, principal_id, method, content_hash, reply)
    values ('00000000-0000-7000-8000-000000000001', 1, 'm', decode(repeat('00', 32), 'hex'), '');
    insert into shans.audit_log (login, role, method) values ('x', 1, 'm');
    insert into shans.run_input values ('\x01', '\x02');
    foreach name in array array['operation', 'audit_log', 'run_input', 'cell_revision', 'submission_event', 'run_class',
                                'run_procedure', 'edition', 'edition_class', 'edition_procedure'] loop
        perform trial.fails(format('delete from shans.%I', name), '23001', name || '_insert_only');
        perform trial.fails(format('truncate shans.%I cascade', name), '23001');
    end loop;
    perform trial.fails('truncate shans.cell_revision_2023', '23001', 'cell_revision_insert_only');
    perform trial.fails('truncate shans.methodology cascade', '23001');
    perform trial.fails('delete from shans.submission', '23001', 'submission_insert_only');
    perform trial.fails('update shans.operation set reply = ''x''', '23001', 'operation_insert_only');
    perform trial.fails('update shans.audit_log set login = ''y''', '23001', 'audit_log_insert_only');
    perform trial.fails('update shans.run_input set bytes = ''x''', '23001', 'run_input_insert_only');
    perform trial.fails('update shans.edition set title = ''x''', '23001', 'edition_insert_only');
    perform trial.fails('update shans.cell_revision set number = 1', '23001', 'cell_revision_insert_only');
    perform trial.fails('update shans.submission_event set comment = ''x''', '23001', 'submission_event_insert_only');
    perform trial.fails('update shans.edition_class set status = 2', '23001', 'edition_class_insert_only');

    -- A methodology is marked as used once, and is fixed in every other way.
    perform trial.fails('update shans.methodology set compiled = ''x''', '23001', 'methodology_immutable');
    perform trial.fails('delete from shans.methodology', '23001', 'methodology_immutable');
    perform trial.touches('update shans.methodology set used_at = now()', 1);
    perform trial.fails('update shans.methodology set used_at = null', '23001', 'methodology_immutable');
end
$$;

-- A school that moves to another district takes its figures along.
do $$
begin
    update shans.org set parent_id = 3, district_id = 3 where id = 11;
    assert (select district_id from shans.submission where id = 1011) = 3;
    assert (select bool_and(district_id = 3) from shans.cell_revision where school_id = 11);
    assert (select bool_and(district_id = 3) from shans.submission_event where school_id = 11);
    assert (select bool_and(district_id = 3) from shans.fact_result where school_id = 11);
    assert (select bool_and(district_id = 3) from shans.edition_class where school_id = 11);
    perform trial.enter('shans_district', '2', null, null);
    assert trial.count('select count(*) from shans.submission') = 1;
    perform trial.leave();
    perform trial.enter('shans_district', '3', null, null);
    assert trial.count('select count(*) from shans.cell_revision') = 3;
    perform trial.leave();
end
$$;
