-- Documents, the dated dictionary of school groups, who belongs to them by which document, and what schools say of
-- figures delivered to them from above.
create table shans.official_document (
    id bigint generated always as identity primary key,
    kind text not null constraint official_document_kind_known
        check (kind in ('order', 'directive', 'decree', 'letter', 'programme', 'report', 'other')),
    number text not null default '',
    on_date date not null,
    issuer text not null constraint official_document_issuer_given check (issuer <> ''),
    approves boolean not null generated always as (kind in ('order', 'directive', 'decree')) stored,
    constraint official_document_once unique (kind, number, on_date, issuer)
);

-- A name of the documents may have several meanings at once and others at another time: each is a row of its own, and
-- every list and every denominator is bound to one of them.
create table shans.school_group (
    id bigint generated always as identity primary key,
    code text not null constraint school_group_code_form check (code ~ '^[a-z][a-z0-9_-]{0,31}$'),
    meaning text not null constraint school_group_meaning_form check (meaning ~ '^[a-z0-9][a-z0-9_-]{0,31}$'),
    title_ru text not null constraint school_group_title_given check (title_ru <> ''),
    title_en text not null default '',
    note_ru text not null default '', -- what the document means by it
    note_en text not null default '',
    valid daterange not null constraint school_group_valid_not_empty check (not isempty(valid)),
    document_id bigint not null references shans.official_document (id),
    constraint school_group_no_overlap exclude using gist (code with =, meaning with =, valid with &&)
);

create table shans.group_member (
    id bigint generated always as identity primary key,
    group_id bigint not null references shans.school_group (id),
    school_id bigint not null,
    district_id bigint not null,
    valid daterange not null constraint group_member_valid_not_empty check (not isempty(valid)),
    document_in bigint not null references shans.official_document (id),
    document_out bigint references shans.official_document (id),
    approved boolean not null, -- by an order or the like: only these are a status below the ministry
    added_at timestamptz not null,
    added_by bigint not null references shans.principal (id),
    ended_at timestamptz,
    ended_by bigint references shans.principal (id),
    constraint group_member_no_overlap exclude using gist (group_id with =, school_id with =, valid with &&),
    constraint group_member_end_whole check ((ended_at is null) = (ended_by is null)),
    constraint group_member_out_ends check (document_out is null or not upper_inf(valid)),
    constraint group_member_school_in_district foreign key (school_id, district_id)
        references shans.org (id, district_id) on update cascade
);
create index group_member_by_school on shans.group_member (school_id);
create index group_member_by_district on shans.group_member (district_id);

-- Nobody belongs to a group on a day on which it means nothing.
create function shans.group_member_check() returns trigger language plpgsql as
$$
begin
    if not exists (select from shans.school_group where id = new.group_id and valid @> new.valid) then
        raise exception 'outside' using errcode = 'check_violation', constraint = 'group_member_in_group';
    end if;
    return new;
end
$$;
create trigger group_member_in_group before insert or update on shans.group_member
    for each row execute function shans.group_member_check();

-- The document a delivered revision rests on, and the methodology the source names for it.
create table shans.submission_document (
    submission_id bigint not null,
    revision integer not null,
    school_id bigint not null,
    district_id bigint not null,
    document_id bigint not null references shans.official_document (id),
    profile text not null default '',
    primary key (submission_id, revision),
    constraint submission_document_of_school foreign key (submission_id, school_id, district_id)
        references shans.submission (id, school_id, district_id) on update cascade
);

-- The school has looked at a delivered revision and agrees with what it does not dispute.
create table shans.confirmation (
    submission_id bigint not null,
    revision integer not null,
    school_id bigint not null,
    district_id bigint not null,
    principal_id bigint not null references shans.principal (id),
    at timestamptz not null,
    primary key (submission_id, revision),
    constraint confirmation_of_school foreign key (submission_id, school_id, district_id)
        references shans.submission (id, school_id, district_id) on update cascade
);

-- The school's objection to one delivered cell. The figure itself stays; only its source corrects it.
create table shans.dispute (
    id bigint generated always as identity primary key,
    submission_id bigint not null,
    revision integer not null, -- in which the cell was delivered as it stands
    school_id bigint not null,
    district_id bigint not null,
    section text not null,
    row_code text not null,
    field text not null,
    delivered_kind smallint not null,
    delivered_number bigint not null,
    claimed_kind smallint not null constraint dispute_claim_known check (claimed_kind between 1 and 3),
    claimed_number bigint not null,
    reason text not null constraint dispute_says_why check (reason <> ''),
    state smallint not null constraint dispute_state_known check (state between 1 and 4), -- open upheld rejected withdrawn
    made_by bigint not null references shans.principal (id),
    made_at timestamptz not null,
    decided_by bigint references shans.principal (id),
    decided_at timestamptz,
    answer text not null default '',
    constraint dispute_decided_whole check ((state = 1) = (decided_at is null) and (state = 1) = (decided_by is null)),
    constraint dispute_rejected_with_reason check (state <> 3 or answer <> ''),
    constraint dispute_claims_another check ((claimed_kind, claimed_number) <> (delivered_kind, delivered_number)),
    constraint dispute_of_school foreign key (submission_id, school_id, district_id)
        references shans.submission (id, school_id, district_id) on update cascade
);
create unique index dispute_one_per_cell on shans.dispute (submission_id, section, row_code, field, revision)
    where state <> 4;
create index dispute_by_district on shans.dispute (district_id, id);

create trigger confirmation_insert_only before update or delete on shans.confirmation
    for each row execute function shans.refuse_change_but_move();
create trigger submission_document_insert_only before update or delete on shans.submission_document
    for each row execute function shans.refuse_change_but_move();

-- What a run saw of all this, kept with the class.
alter table shans.run_class add column groups text not null default '', -- memberships, one a line
    add column identification_document text not null default '';
alter table shans.edition_class add column groups text not null default '',
    add column identification_document text not null default '';
alter table shans.run_procedure add column disputed boolean not null default false;
alter table shans.edition_procedure add column disputed boolean not null default false;

do $$
declare
    name text;
begin
    foreach name in array array['official_document', 'school_group', 'group_member', 'submission_document',
                                'confirmation', 'dispute'] loop
        execute format('alter table shans.%I owner to shans_owner', name);
        execute format('alter table shans.%I enable row level security', name);
        execute format('alter table shans.%I force row level security', name);
        execute format('grant select on shans.%I to shans_school, shans_district, shans_region, shans_auditor, shans_jobs',
                       name);
        execute format('create policy %I on shans.%I for all to shans_region using (shans.scope_region())'
                       ' with check (shans.scope_region())', name || '_region', name);
        execute format('create policy %I on shans.%I for select to shans_auditor using (shans.scope_region())',
                       name || '_auditor', name);
        execute format('create policy %I on shans.%I for select to shans_jobs using (true)', name || '_jobs', name);
    end loop;
    foreach name in array array['submission_document', 'confirmation', 'dispute'] loop
        execute format('create policy %I on shans.%I for select to shans_school using (school_id = any (shans.scope_schools()))',
                       name || '_school', name);
        execute format('create policy %I on shans.%I for select to shans_district using (district_id = shans.scope_district())',
                       name || '_district', name);
    end loop;
end
$$;

-- Below the ministry: the words of the dictionary, documents that approve, and one's own approved memberships.
create policy school_group_school on shans.school_group for select to shans_school using (true);
create policy school_group_owner on shans.school_group for select to shans_owner using (true); -- group_member_check
create policy school_group_district on shans.school_group for select to shans_district using (true);
create policy official_document_school on shans.official_document for select to shans_school using (approves);
create policy official_document_district on shans.official_document for select to shans_district using (approves);
create policy group_member_school on shans.group_member for select to shans_school
    using (school_id = any (shans.scope_schools()) and approved);
create policy group_member_district on shans.group_member for select to shans_district
    using (district_id = shans.scope_district() and approved);

-- A school speaks for itself: it confirms, objects, and takes an objection back; deciding is the ministry's.
create policy confirmation_school_write on shans.confirmation for insert to shans_school
    with check (school_id = any (shans.scope_schools()));
create policy dispute_school_write on shans.dispute for insert to shans_school
    with check (school_id = any (shans.scope_schools()) and state = 1);
create policy dispute_school_change on shans.dispute for update to shans_school
    using (school_id = any (shans.scope_schools()) and state = 1)
    with check (school_id = any (shans.scope_schools()) and state = 4);
grant insert on shans.confirmation, shans.dispute to shans_school;
grant update (state, decided_by, decided_at, answer) on shans.dispute to shans_school, shans_region;
grant insert on shans.official_document, shans.school_group, shans.group_member, shans.submission_document to shans_region;
grant update (title_ru, title_en, note_ru, note_en, valid) on shans.school_group to shans_region;
grant update (valid, document_out, ended_at, ended_by) on shans.group_member to shans_region;

-- Whether a disputed cell was corrected since is seen in its later revisions.
grant select on shans.cell_revision to shans_jobs;
create policy cell_revision_jobs on shans.cell_revision for select to shans_jobs using (true);
