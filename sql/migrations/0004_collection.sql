-- Submitted forms. A submission is one form of one school for one period from one source; its figures are
-- append-only cell revisions. district_id repeats the school's district (kept true by the foreign key), so that
-- every scope policy is an equality on the row itself.
create table shans.submission (
    id bigint generated always as identity primary key,
    school_id bigint not null,
    district_id bigint not null,
    form_code text not null,
    form_version integer not null constraint submission_form_version_positive check (form_version > 0),
    period text not null constraint submission_period_form check (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]))?$'),
    source smallint not null constraint submission_source_known check (source between 1 and 3),
    state smallint not null constraint submission_state_known check (state between 1 and 7),
    revision integer not null constraint submission_revision_positive check (revision > 0),
    content_hash bytea not null constraint submission_hash_size check (octet_length(content_hash) = 32),
    origin text not null default '',
    changed_at timestamptz not null,
    changed_by bigint not null references shans.principal (id),
    submitted_at timestamptz not null,
    submitted_by bigint not null references shans.principal (id),
    accepted_revision integer,
    accepted_at timestamptz,
    accepted_by bigint references shans.principal (id),
    constraint submission_place_unique unique (id, school_id, district_id), -- what hangs below it is of the same place
    constraint submission_school_in_district foreign key (school_id, district_id)
        references shans.org (id, district_id) on update cascade,
    constraint submission_accepted_whole check (
        (accepted_revision is null) = (accepted_at is null) and (accepted_revision is null) = (accepted_by is null)
        and (state <> 5 or accepted_revision = revision))
);
-- One live submission per key: superseded (6) and withdrawn (7) ones stay beside it.
create unique index submission_one_live on shans.submission (school_id, form_code, period, source)
    where state not in (6, 7);
create index submission_by_district on shans.submission (district_id, form_code, period);

create table shans.cell_revision (
    submission_id bigint not null,
    revision integer not null,
    section text not null,
    row_code text not null,
    field text not null,
    school_id bigint not null,
    district_id bigint not null,
    kind smallint not null constraint cell_kind_known check (kind between 0 and 3), -- 0: emptied by this revision
    number bigint not null default 0,
    author_id bigint not null,
    at timestamptz not null,
    primary key (submission_id, section, row_code, field, revision),
    constraint cell_number_only_with_kind check (kind = 1 or number = 0),
    constraint cell_of_school foreign key (submission_id, school_id, district_id)
        references shans.submission (id, school_id, district_id) on update cascade
);

create table shans.submission_event (
    id bigint generated always as identity primary key,
    submission_id bigint not null,
    school_id bigint not null,
    district_id bigint not null,
    revision integer not null,
    event text not null,
    from_state smallint not null,
    to_state smallint not null,
    principal_id bigint not null references shans.principal (id),
    comment text not null default '',
    at timestamptz not null,
    constraint event_of_school foreign key (submission_id, school_id, district_id)
        references shans.submission (id, school_id, district_id) on update cascade
);
create index submission_event_by_submission on shans.submission_event (submission_id, id);

create table shans.cell_mark (
    id bigint generated always as identity primary key,
    submission_id bigint not null,
    school_id bigint not null,
    district_id bigint not null,
    revision integer not null,
    section text not null,
    row_code text not null,
    field text not null,
    comment text not null constraint cell_mark_says_why check (comment <> ''),
    made_by bigint not null references shans.principal (id),
    made_at timestamptz not null,
    resolved_revision integer,
    constraint mark_of_school foreign key (submission_id, school_id, district_id)
        references shans.submission (id, school_id, district_id) on update cascade
);
create index cell_mark_by_submission on shans.cell_mark (submission_id);

-- Facts: what calculations read, projected from accepted submissions.
create table shans.fact_result (
    school_id bigint not null,
    district_id bigint not null,
    year integer not null constraint fact_result_year_plausible check (year between 2000 and 2100),
    procedure text not null,
    source smallint not null,
    held boolean not null,
    participants bigint not null constraint fact_result_participants_natural check (participants >= 0),
    below bigint not null constraint fact_result_below_within check (below between 0 and participants),
    submission_id bigint not null,
    revision integer not null,
    primary key (school_id, year, procedure, source),
    constraint fact_result_of_school foreign key (submission_id, school_id, district_id)
        references shans.submission (id, school_id, district_id) on update cascade
);
create index fact_result_by_submission on shans.fact_result (submission_id);
create index fact_result_by_district on shans.fact_result (district_id, year);

create table shans.fact_identification (
    school_id bigint not null,
    district_id bigint not null,
    year integer not null,
    wellbeing_group integer not null default 0 constraint fact_identification_wellbeing check (wellbeing_group between 0 and 11),
    quality_group integer not null default 0 constraint fact_identification_quality check (quality_group between 0 and 11),
    quality_cluster integer not null default 0,
    declared_typology text not null default '',
    support_group text not null default '',
    listed boolean not null default false, -- on the approved regional list of the year: the official status
    submission_id bigint not null,
    revision integer not null,
    primary key (school_id, year),
    constraint fact_identification_of_school foreign key (submission_id, school_id, district_id)
        references shans.submission (id, school_id, district_id) on update cascade
);
create index fact_identification_by_submission on shans.fact_identification (submission_id);

create table shans.import_issue (
    id bigint generated always as identity primary key,
    rule text not null,
    severity smallint not null constraint import_issue_severity_known check (severity between 1 and 3),
    school_id bigint,
    district_id bigint,
    place text not null default '',
    raw_value text not null default '',
    proposal text not null default '',
    arg_keys text[] not null default '{}',
    arg_values text[] not null default '{}',
    status text not null default 'open'
        constraint import_issue_status_known check (status in ('open', 'accepted', 'corrected', 'rejected')),
    document text not null default '',
    created_at timestamptz not null,
    created_by bigint not null references shans.principal (id),
    constraint import_issue_args_paired check (cardinality(arg_keys) = cardinality(arg_values)),
    constraint import_issue_once unique nulls not distinct (rule, school_id, place, raw_value, document),
    constraint import_issue_school_in_district foreign key (school_id, district_id)
        references shans.org (id, district_id) on update cascade
);

create trigger cell_revision_insert_only before update or delete on shans.cell_revision
    for each row execute function shans.refuse_change_but_move();
create trigger submission_event_insert_only before update or delete on shans.submission_event
    for each row execute function shans.refuse_change_but_move();

do $$
declare
    name text;
begin
    foreach name in array array['submission', 'cell_revision', 'submission_event', 'cell_mark', 'fact_result',
                                'fact_identification', 'import_issue'] loop
        execute format('alter table shans.%I owner to shans_owner', name);
        execute format('alter table shans.%I enable row level security', name);
        execute format('alter table shans.%I force row level security', name);
        execute format('grant select on shans.%I to shans_school, shans_district, shans_region, shans_auditor', name);
        execute format('create policy %I on shans.%I for select to shans_auditor using (shans.scope_region())',
                       name || '_auditor', name);
        execute format('create policy %I on shans.%I for all to shans_school using (school_id = any (shans.scope_schools()))'
                       ' with check (school_id = any (shans.scope_schools()))', name || '_school', name);
        execute format('create policy %I on shans.%I for all to shans_district using (district_id = shans.scope_district())'
                       ' with check (district_id = shans.scope_district())', name || '_district', name);
        execute format('create policy %I on shans.%I for all to shans_region using (shans.scope_region())'
                       ' with check (shans.scope_region())', name || '_region', name);
        execute format('create policy %I on shans.%I for all to shans_writer'
                       ' using (school_id = any (shans.scope_schools()) or district_id = shans.scope_district() or shans.scope_region())'
                       ' with check (school_id = any (shans.scope_schools()) or district_id = shans.scope_district()'
                       ' or shans.scope_region())', name || '_writer', name);
    end loop;
end
$$;

-- The committer (submissions), and the lifecycle transactions of each level.
-- A submission never moves to another school, form, period or source: those columns cannot be updated.
grant select, insert on shans.submission, shans.cell_mark to shans_writer;
grant insert on shans.submission, shans.cell_mark to shans_district, shans_region;
grant update (form_version, state, revision, content_hash, origin, changed_at, changed_by, submitted_at, submitted_by,
              accepted_revision, accepted_at, accepted_by)
    on shans.submission to shans_school, shans_district, shans_region, shans_writer;
grant update (resolved_revision) on shans.cell_mark to shans_district, shans_region, shans_writer;
grant select, insert on shans.cell_revision, shans.submission_event, shans.import_issue to shans_writer;
grant select, insert, delete on shans.fact_result, shans.fact_identification to shans_writer;
grant usage on sequence shans.submission_id_seq, shans.submission_event_id_seq to shans_writer, shans_district, shans_region;
grant usage on sequence shans.submission_event_id_seq to shans_school;
grant insert on shans.submission_event to shans_school;
grant delete on shans.fact_result, shans.fact_identification to shans_school;
grant insert on shans.submission_event, shans.cell_revision, shans.import_issue to shans_district, shans_region;
grant insert, delete on shans.fact_result, shans.fact_identification to shans_district, shans_region;
grant update (status) on shans.import_issue to shans_district, shans_region;
grant select on shans.fact_result, shans.fact_identification, shans.submission to shans_jobs;
grant insert, select on shans.import_issue to shans_jobs;
create policy fact_result_jobs on shans.fact_result for select to shans_jobs using (true);
create policy fact_identification_jobs on shans.fact_identification for select to shans_jobs using (true);
create policy submission_jobs on shans.submission for select to shans_jobs using (true);
create policy import_issue_jobs on shans.import_issue for all to shans_jobs using (true) with check (true);
