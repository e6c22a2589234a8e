-- Methodologies, runs, editions.
create table shans.methodology (
    code text not null,
    version integer not null constraint methodology_version_positive check (version > 0),
    hash bytea not null constraint methodology_hash_unique unique,
    compiled bytea not null,
    title_ru text not null,
    title_en text not null,
    stored_at timestamptz not null,
    stored_by bigint references shans.principal (id), -- null: shipped with the program
    used_at timestamptz,
    primary key (code, version)
);

-- Once a run used it, a methodology can only be read.
create function shans.methodology_guard() returns trigger language plpgsql as
$$
begin
    if tg_op = 'UPDATE' and old.used_at is null and new.used_at is not null
       and (new.code, new.version, new.hash, new.compiled) = (old.code, old.version, old.hash, old.compiled) then
        return new;
    end if;
    raise exception 'immutable' using errcode = 'restrict_violation', constraint = 'methodology_immutable';
end
$$;
create trigger methodology_immutable before update or delete on shans.methodology
    for each row execute function shans.methodology_guard();

create table shans.run (
    id bigint generated always as identity primary key,
    methodology_code text not null,
    methodology_version integer not null,
    year integer not null,
    under_id bigint references shans.org (id), -- null: the whole region
    state smallint not null constraint run_state_known check (state between 1 and 3), -- queued, done, failed
    input_hash bytea,
    output_hash bytea,
    program_version text not null default '',
    school_count integer not null default 0,
    failure_reason text not null default '',
    started_by bigint not null references shans.principal (id),
    created_at timestamptz not null,
    finished_at timestamptz,
    constraint run_methodology_exists foreign key (methodology_code, methodology_version)
        references shans.methodology (code, version)
);
create index run_queued on shans.run (id) where state = 1;

-- Canonical input bytes, by hash: two runs on the same figures share them.
create table shans.run_input (
    hash bytea primary key,
    bytes bytea not null
);

create table shans.run_class (
    run_id bigint not null references shans.run (id),
    school_id bigint not null,
    district_id bigint not null,
    status smallint not null,
    branches integer not null,
    flags integer not null,
    reliable boolean not null,
    typology text not null default '',
    wellbeing_group integer not null default 0,
    quality_group integer not null default 0,
    official_group text not null default '',
    official_listed boolean not null default false,
    rules text not null default '', -- the rule's steps in the order tried, one a line
    primary key (run_id, school_id),
    constraint run_class_place_unique unique (run_id, school_id, district_id), -- its reasons are of the same place
    constraint run_class_school_in_district foreign key (school_id, district_id)
        references shans.org (id, district_id) on update cascade
);

-- Every procedure and year the rule looked at: the reasons.
create table shans.run_procedure (
    run_id bigint not null,
    school_id bigint not null,
    district_id bigint not null,
    procedure text not null,
    year integer not null,
    participants bigint not null,
    below bigint not null,
    low boolean not null,
    risk boolean not null,
    reliable boolean not null,
    wilson_low_ppm integer not null,
    wilson_high_ppm integer not null,
    source smallint not null,
    submission_id bigint not null,
    revision integer not null,
    origin_school_id bigint not null,
    primary key (run_id, school_id, year, procedure, origin_school_id),
    constraint run_procedure_of_class foreign key (run_id, school_id, district_id)
        references shans.run_class (run_id, school_id, district_id) on update cascade
);

create table shans.edition (
    number integer primary key constraint edition_number_positive check (number > 0),
    run_id bigint not null constraint edition_run_once unique references shans.run (id),
    title text not null constraint edition_title_given check (title <> ''),
    document text not null constraint edition_document_given check (document <> ''),
    published_by bigint not null references shans.principal (id),
    published_at timestamptz not null,
    content_hash bytea not null
);

-- The published classes and their reasons: copied, so that nothing later can change them.
create table shans.edition_class (
    edition_number integer not null references shans.edition (number),
    like shans.run_class,
    primary key (edition_number, school_id),
    constraint edition_class_place_unique unique (edition_number, school_id, district_id),
    constraint edition_class_school_in_district foreign key (school_id, district_id)
        references shans.org (id, district_id) on update cascade
);
create table shans.edition_procedure (
    edition_number integer not null,
    like shans.run_procedure,
    primary key (edition_number, school_id, year, procedure, origin_school_id),
    constraint edition_procedure_of_class foreign key (edition_number, school_id, district_id)
        references shans.edition_class (edition_number, school_id, district_id) on update cascade
);

create trigger run_input_insert_only before update or delete on shans.run_input
    for each row execute function shans.refuse_change();
create trigger run_procedure_insert_only before update or delete on shans.run_procedure
    for each row execute function shans.refuse_change_but_move();
create trigger run_class_insert_only before update or delete on shans.run_class
    for each row execute function shans.refuse_change_but_move();
create trigger edition_insert_only before update or delete on shans.edition
    for each row execute function shans.refuse_change();
create trigger edition_class_insert_only before update or delete on shans.edition_class
    for each row execute function shans.refuse_change_but_move();
create trigger edition_procedure_insert_only before update or delete on shans.edition_procedure
    for each row execute function shans.refuse_change_but_move();

do $$
declare
    name text;
begin
    foreach name in array array['methodology', 'run', 'run_input', 'edition'] loop
        execute format('alter table shans.%I owner to shans_owner', name);
        execute format('grant select on shans.%I to shans_region, shans_auditor, shans_jobs', name);
    end loop;
    foreach name in array array['run_class', 'run_procedure', 'edition_class', 'edition_procedure'] loop
        execute format('alter table shans.%I owner to shans_owner', name);
        execute format('alter table shans.%I enable row level security', name);
        execute format('alter table shans.%I force row level security', name);
        execute format('grant select on shans.%I to shans_region, shans_auditor, shans_jobs', name);
        execute format('create policy %I on shans.%I for all to shans_region using (shans.scope_region())'
                       ' with check (shans.scope_region())', name || '_region', name);
        execute format('create policy %I on shans.%I for select to shans_auditor using (shans.scope_region())',
                       name || '_auditor', name);
        execute format('create policy %I on shans.%I for all to shans_jobs using (true) with check (true)',
                       name || '_jobs', name);
    end loop;
end
$$;

-- Below the ministry there is no computed status, only the published edition.
grant select on shans.methodology, shans.edition, shans.edition_class, shans.edition_procedure to shans_school, shans_district;
grant select (id, methodology_code, methodology_version, year, input_hash, output_hash, program_version, created_at,
              finished_at, started_by, state, school_count, under_id, failure_reason) on shans.run to shans_school, shans_district;
create policy edition_class_school on shans.edition_class for select to shans_school
    using (school_id = any (shans.scope_schools()));
create policy edition_class_district on shans.edition_class for select to shans_district
    using (district_id = shans.scope_district());
create policy edition_procedure_school on shans.edition_procedure for select to shans_school
    using (school_id = any (shans.scope_schools()));
create policy edition_procedure_district on shans.edition_procedure for select to shans_district
    using (district_id = shans.scope_district());

grant insert, update on shans.methodology to shans_region;
grant insert on shans.run, shans.edition, shans.edition_class, shans.edition_procedure to shans_region;
grant update on shans.run to shans_jobs;
grant insert on shans.run_input, shans.run_class, shans.run_procedure to shans_jobs;
grant update (used_at) on shans.methodology to shans_jobs;
