-- Rules that must never break, by the name of the constraint that keeps them. Run as the owner: no policy helps here.
do $$
declare
    sent text := 'insert into shans.submission (school_id, district_id, form_code, form_version, period, source, state,'
        ' revision, content_hash, changed_at, changed_by, submitted_at, submitted_by) values (%s, %s, %L, %s, %L, %s,'
        ' %s, %s, decode(repeat(''00'', %s), ''hex''), now(), 2, now(), 2)';
    fact text := 'insert into shans.fact_result (school_id, district_id, year, procedure, source, held, participants,'
        ' below, submission_id, revision) values (11, 2, %s, ''x'', 1, true, %s, %s, 1011, 1)';
    member text := 'insert into shans.group_member (group_id, school_id, district_id, valid, document_in, approved,'
        ' added_at, added_by) values (%s, 11, 2, %L, 1, true, now(), 1)';
begin
    perform trial.fails('insert into shans.org (code, kind, parent_id) values (''другая'', 2, 1)', '23514', 'org_code_form');
    perform trial.fails('insert into shans.org (code, kind, parent_id) values ('''', 2, 1)', '23514', 'org_code_form');
    perform trial.fails('insert into shans.org (code, kind, parent_id) values (''north'', 2, 1)', '23505', 'org_code_unique');
    perform trial.fails('insert into shans.org (code, kind) values (''r2'', 1)', '23505', 'org_one_region');
    perform trial.fails('insert into shans.org (code, kind, parent_id) values (''x'', 5, 1)', '23514', 'org_kind_known');
    perform trial.fails('insert into shans.org (code, kind) values (''x'', 2)', '23514', 'org_parent_needed');
    perform trial.fails('insert into shans.org (code, kind, parent_id) values (''x'', 3, 2)', '23514',
                        'org_school_has_district');
    perform trial.fails('insert into shans.org (code, kind, parent_id, opened_on, closed_on) values (''x'', 2, 1,'
                        ' ''2020-01-02'', ''2020-01-01'')', '23514', 'org_dates_ordered');

    perform trial.fails('insert into shans.org_version (org_id, valid, parent_id, name) values (11,'
                        ' ''[2010-01-01,2011-01-01)'', 2, ''x'')', '23P01', 'org_version_no_overlap');
    perform trial.fails('update shans.org_version set number = ''12'' where org_id = 11', '23P01',
                        'org_version_number_unique');
    perform trial.fails('update shans.org_version set name = '''' where org_id = 11', '23514', 'org_version_name_given');
    perform trial.fails('update shans.org_version set levels = ''21'' where org_id = 11', '23514',
                        'org_version_levels_form');
    perform trial.fails('update shans.org_version set valid = ''empty'' where org_id = 11', '23514',
                        'org_version_valid_not_empty');

    -- 12 went into 11: 11 cannot go into 12, nor into itself, nor by way of a third.
    perform trial.fails('insert into shans.org_link values (11, 12, ''2021-01-01'', ''merged'')', '23514',
                        'org_link_no_cycle');
    perform trial.fails('insert into shans.org_link values (11, 11, ''2021-01-01'', ''merged'')', '23514');
    insert into shans.org_link values (11, 21, '2021-01-01', 'merged');
    perform trial.fails('insert into shans.org_link values (21, 12, ''2022-01-01'', ''merged'')', '23514',
                        'org_link_no_cycle');

    perform trial.fails('insert into shans.principal (login, role, org_id) values (''user.n1'', 1, 1)', '23505',
                        'principal_login_unique');
    perform trial.fails('insert into shans.principal (login, role, org_id) values (''a b'', 1, 1)', '23514',
                        'principal_login_form');
    perform trial.fails('insert into shans.principal (login, role, org_id) values (''x'', 9, 1)', '23514',
                        'principal_role_known');
    perform trial.fails('insert into shans.token (hash, principal_id, expires_at) values (''\x01'', 1, now())', '23514',
                        'token_hash_size');

    -- Groups: one meaning at a time, members on its days only, once each, and what ends has an end.
    perform trial.fails('insert into shans.official_document (kind, on_date, issuer) values (''x'', now(), ''y'')', '23514',
                        'official_document_kind_known');
    perform trial.fails('insert into shans.school_group (code, meaning, title_ru, valid, document_id) values (''shnor'','
                        ' ''regional'', ''ШНОР'', ''[2024-01-01,)'', 1)', '23P01', 'school_group_no_overlap');
    perform trial.fails('insert into shans.school_group (code, meaning, title_ru, valid, document_id) values (''ШНОР'','
                        ' ''x'', ''ШНОР'', ''[2024-01-01,)'', 1)', '23514', 'school_group_code_form');
    perform trial.touches('insert into shans.school_group (code, meaning, title_ru, valid, document_id) values'
                          ' (''shnor'', ''municipal'', ''ШНОР'', ''[2023-01-01,)'', 1)', 1);
    perform trial.fails(format(member, 1, '[2023-06-01,2023-07-01)'), '23P01', 'group_member_no_overlap');
    perform trial.fails(format(member, 2, '[2023-06-01,2024-02-01)'), '23514', 'group_member_in_group');
    perform trial.fails(format(member, 2, 'empty'), '23514');
    perform trial.touches(format(member, 2, '[2023-06-01,2024-01-01)'), 1);
    perform trial.fails('update shans.group_member set document_out = 1 where group_id = 1', '23514',
                        'group_member_out_ends');
    perform trial.fails('update shans.group_member set ended_at = now() where group_id = 1', '23514',
                        'group_member_end_whole');
    -- Objections: one to a cell as delivered, with a reason, claiming something else; a decision is whole.
    perform trial.fails('insert into shans.dispute (submission_id, revision, school_id, district_id, section, row_code,'
                        ' field, delivered_kind, delivered_number, claimed_kind, claimed_number, reason, state, made_by,'
                        ' made_at) select submission_id, revision, school_id, district_id, section, row_code, field, 1, 40,'
                        ' 1, 42, ''again'', 1, 2, now() from shans.dispute', '23505', 'dispute_one_per_cell');
    perform trial.fails('update shans.dispute set claimed_number = 40', '23514', 'dispute_claims_another');
    perform trial.fails('update shans.dispute set reason = ''''', '23514', 'dispute_says_why');
    perform trial.fails('update shans.dispute set state = 2', '23514', 'dispute_decided_whole');
    perform trial.fails('update shans.dispute set state = 3, decided_by = 1, decided_at = now()', '23514',
                        'dispute_rejected_with_reason');

    perform trial.fails(format(sent, 11, 2, 'passport', 1, '2023', 1, 3, 1, 32), '23505', 'submission_one_live');
    perform trial.touches(format(sent, 11, 2, 'passport', 1, '2023', 1, 6, 1, 32), 1);
    perform trial.touches(format(sent, 11, 2, 'passport', 1, '2023', 2, 3, 1, 32), 1);
    perform trial.fails(format(sent, 11, 3, 'staff', 1, '2023', 1, 3, 1, 32), '23503', 'submission_school_in_district');
    perform trial.fails(format(sent, 11, 2, 'staff', 0, '2023', 1, 3, 1, 32), '23514');
    perform trial.fails(format(sent, 11, 2, 'staff', 1, '2023-13', 1, 3, 1, 32), '23514', 'submission_period_form');
    perform trial.fails(format(sent, 11, 2, 'staff', 1, '2023', 4, 3, 1, 32), '23514', 'submission_source_known');
    perform trial.fails(format(sent, 11, 2, 'staff', 1, '2023', 1, 8, 1, 32), '23514', 'submission_state_known');
    perform trial.fails(format(sent, 11, 2, 'staff', 1, '2023', 1, 3, 0, 32), '23514', 'submission_revision_positive');
    perform trial.fails(format(sent, 11, 2, 'staff', 1, '2023', 1, 3, 1, 31), '23514', 'submission_hash_size');
    perform trial.fails('update shans.submission set accepted_revision = 1 where id = 1011', '23514',
                        'submission_accepted_whole');

    -- Zero, "not applicable" and "unknown" are three values: only a number carries a number.
    perform trial.fails('insert into shans.cell_revision select submission_id, 9, section, row_code, field, school_id,'
        ' district_id, 2, 5, author_id, at, year from shans.cell_revision where school_id = 11', '23514',
        'cell_number_only_with_kind');
    perform trial.fails('insert into shans.cell_revision select * from shans.cell_revision where school_id = 11', '23505');

    perform trial.fails(format(fact, 2023, 40, 45), '23514', 'fact_result_below_within');
    perform trial.fails(format(fact, 2023, -1, 0), '23514');
    perform trial.fails(format(fact, 1850, 10, 0), '23514', 'fact_result_year_plausible');
    perform trial.touches(format(fact, 2023, 40, 40), 1);

    perform trial.fails('insert into shans.cell_mark (submission_id, school_id, district_id, revision, section, row_code,'
        ' field, comment, made_by, made_at) values (1011, 11, 2, 1, ''main'', ''r1'', ''pupils'', '''', 2, now())', '23514',
        'cell_mark_says_why');
    perform trial.fails('insert into shans.run (methodology_code, methodology_version, year, state, started_by, created_at)'
        ' values (''M'', 2, 2023, 1, 1, now())', '23503', 'run_methodology_exists');
    perform trial.fails('insert into shans.edition (number, run_id, title, document, published_by, published_at,'
        ' content_hash) values (2, 1, ''t'', ''d'', 1, now(), '''')', '23505', 'edition_run_once');
    perform trial.fails('insert into shans.edition (number, run_id, title, document, published_by, published_at,'
        ' content_hash) values (2, 1, '''', ''d'', 1, now(), '''')', '23514', 'edition_title_given');
end
$$;
