-- Writing outside one's scope is refused or finds nothing; moving a row out of it is refused.
do $$
declare
    cell text := 'insert into shans.cell_revision (submission_id, revision, section, row_code, field, school_id,'
        ' district_id, kind, number, author_id, at, year) values (%s, %s, ''main'', ''r1'', ''pupils'', %s, %s, 1, 41, 2, now(), 2023)';
    sent text := 'insert into shans.submission (school_id, district_id, form_code, form_version, period, source, state,'
        ' revision, content_hash, changed_at, changed_by, submitted_at, submitted_by) values (%s, %s, %L, 1, ''2023'', 1,'
        ' 3, 1, decode(repeat(''00'', 32), ''hex''), now(), 2, now(), 2)';
begin
    -- A school: its own events and states; never another's.
    perform trial.enter('shans_school', null, '{11}', null);
    perform trial.touches('update shans.submission set state = 7', 1);
    perform trial.touches('update shans.submission set state = 7 where school_id = 21', 0);
    perform trial.touches('delete from shans.fact_result', 1);
    perform trial.touches('delete from shans.fact_result where school_id = 12', 0);
    perform trial.fails('update shans.submission set school_id = 12', '42501');
    perform trial.fails('insert into shans.submission_event (submission_id, school_id, district_id, revision, event,'
        ' from_state, to_state, principal_id, at) values (1021, 21, 3, 1, ''withdraw'', 3, 7, 11, now())', '42501');
    perform trial.fails(format(cell, 1011, 2, 11, 2), '42501');
    perform trial.fails(format(sent, 11, 2, 'staff'), '42501');
    perform trial.leave();

    -- A district: its schools. The school decides which district a row is of, not the writer.
    perform trial.enter('shans_district', '2', null, null);
    perform trial.touches(format(cell, 1011, 2, 11, 2), 1);
    perform trial.touches(format(sent, 12, 2, 'staff'), 1);
    perform trial.fails(format(cell, 1021, 2, 21, 3), '42501');
    perform trial.fails(format(sent, 21, 3, 'staff'), '42501');
    perform trial.fails(format(sent, 21, 2, 'staff'), '23503', 'submission_school_in_district');
    perform trial.fails('update shans.submission set district_id = 3 where school_id = 11', '42501');
    perform trial.fails('update shans.submission set school_id = 21 where form_code = ''staff''', '42501');
    perform trial.touches('update shans.submission set state = 5 where district_id = 3', 0);
    perform trial.touches('delete from shans.fact_identification', 2);
    -- A decision is whole: who, when and why; the right figure when, and only when, it was corrected.
    perform trial.fails('update shans.import_issue set status = ''rejected''', '23514', 'import_issue_decided_whole');
    perform trial.fails('update shans.import_issue set status = ''rejected'', decided_by = 1, decided_at = now()', '23514',
        'import_issue_decided_whole');
    perform trial.fails('update shans.import_issue set status = ''corrected'', decided_by = 1, decided_at = now(),'
        ' decision_reason = ''r''', '23514', 'import_issue_decided_whole');
    perform trial.fails('update shans.import_issue set status = ''accepted'', decided_by = 1, decided_at = now(),'
        ' decision_reason = ''r'', decided_value = ''5''', '23514', 'import_issue_decided_whole');
    perform trial.touches('update shans.import_issue set status = ''corrected'', decided_by = 1, decided_at = now(),'
        ' decision_reason = ''r'', decided_value = ''5''', 2);
    perform trial.fails('update shans.import_issue set rule = ''x''', '42501');
    perform trial.fails('insert into shans.org (code, kind, parent_id, district_id) values (''x'', 3, 2, 2)', '42501');
    perform trial.fails('insert into shans.edition (number, run_id, title, document, published_by, published_at,'
        ' content_hash) values (2, 1, ''t'', ''d'', 1, now(), '''')', '42501');
    perform trial.leave();

    -- The committer: per operation the scope of whoever sent it.
    perform trial.enter('shans_writer', null, '{21}', null);
    perform trial.touches(format(cell, 1021, 2, 21, 3), 1);
    perform trial.fails(format(cell, 1022, 2, 22, 3), '42501');
    perform trial.enter('shans_writer', null, '{22}', null);
    perform trial.touches(format(cell, 1022, 2, 22, 3), 1);
    perform trial.fails(format(cell, 1021, 3, 21, 3), '42501');
    perform trial.leave();

    -- Objections: the school speaks for itself and takes its word back; it neither decides nor moves a figure. A
    -- district reads.
    perform trial.enter('shans_school', null, '{11}', null);
    perform trial.fails('update shans.dispute set state = 2, decided_by = 11, decided_at = now()', '42501');
    perform trial.fails('update shans.dispute set delivered_number = 41', '42501');
    perform trial.fails('delete from shans.confirmation', '42501');
    perform trial.fails('insert into shans.confirmation (submission_id, revision, school_id, district_id, principal_id, at)'
        ' values (1021, 2, 21, 3, 11, now())', '42501');
    perform trial.fails('insert into shans.group_member (group_id, school_id, district_id, valid, document_in, approved,'
        ' added_at, added_by) values (1, 11, 2, ''[2020-01-01,2020-02-01)'', 1, true, now(), 11)', '42501');
    perform trial.touches('update shans.dispute set state = 4, decided_by = 11, decided_at = now()', 1);
    perform trial.leave();
    perform trial.enter('shans_district', '2', null, null);
    perform trial.fails('update shans.dispute set state = 4, decided_by = 2, decided_at = now()', '42501');
    perform trial.fails('insert into shans.confirmation (submission_id, revision, school_id, district_id, principal_id, at)'
        ' values (1011, 2, 11, 2, 2, now())', '42501');
    perform trial.leave();
    perform trial.enter('shans_region', null, null, 'on');
    perform trial.touches('update shans.dispute set state = 3, decided_by = 1, decided_at = now(), answer = ''no'''
        ' where school_id = 21', 1);
    perform trial.fails('update shans.dispute set reason = ''x''', '42501');
    perform trial.fails('delete from shans.group_member', '42501');
    perform trial.fails('update shans.group_member set school_id = 12', '42501');
    perform trial.touches('update shans.group_member set valid = ''[2023-01-11,2024-01-01)'' where school_id = 11', 1);
    perform trial.leave();

    -- Runs: jobs write them, the region publishes them; neither touches figures.
    perform trial.enter('shans_jobs', null, null, null);
    perform trial.fails('update shans.submission set state = 5', '42501');
    perform trial.fails('delete from shans.fact_result', '42501');
    perform trial.fails('delete from shans.run_class', '42501');
    perform trial.leave();
    perform trial.enter('shans_region', null, null, 'on');
    perform trial.fails('delete from shans.submission', '42501');
    perform trial.fails('update shans.run_class set status = 2', '42501');
    perform trial.fails('update shans.edition set title = ''x''', '42501');
    perform trial.fails('delete from shans.edition_class', '42501');
    perform trial.leave();
end
$$;
