-- Curators; accounts and tokens kept by the office above; what was seen, and what was refused.
do $$
declare
    name text;
begin
    foreach name in array array['shans_curator', 'shans_accounts_self', 'shans_accounts_district',
                                'shans_accounts_region', 'shans_log'] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I nologin nosuperuser nobypassrls noinherit', name);
        end if;
        execute format('grant %I to shans_app', name);
        execute format('grant usage on schema shans to %I', name);
    end loop;
end
$$;

-- Accounts. district_id repeats the district of the organisation, so that a district's policy is an equality; login,
-- role and organisation never change: another duty is another account.
alter table shans.principal
    drop constraint principal_role_known,
    add constraint principal_role_known check (role between 1 and 8),
    add column district_id bigint,
    add column blocked_by bigint references shans.principal (id),
    add column blocked_why text not null default '',
    add constraint principal_in_district foreign key (org_id, district_id)
        references shans.org (id, district_id) on update cascade,
    add constraint principal_place_unique unique (id, org_id, role);
update shans.principal set district_id = org.district_id from shans.org where org.id = principal.org_id;
create index principal_by_district on shans.principal (district_id, login);

create function shans.principal_place() returns trigger language plpgsql as
$$
begin
    select district_id into new.district_id from shans.org where id = new.org_id;
    return new;
end
$$;
create trigger principal_place before insert on shans.principal for each row execute function shans.principal_place();

create function shans.principal_fixed() returns trigger language plpgsql as
$$
begin
    if (new.id, new.login, new.role, new.org_id) is distinct from (old.id, old.login, old.role, old.org_id) then
        raise exception 'fixed' using errcode = 'restrict_violation', constraint = 'principal_identity_fixed';
    end if;
    return new;
end
$$;
create trigger principal_identity_fixed before update on shans.principal
    for each row execute function shans.principal_fixed();

-- Two administrators who block each other at the same time go one after the other, and the second is refused.
create function shans.principal_last() returns trigger language plpgsql as
$$
begin
    perform pg_advisory_xact_lock(hashtextextended('shans.administrators', 0));
    if not exists (select from shans.principal where role = 6 and active and id <> old.id) then
        raise exception 'last' using errcode = 'restrict_violation', constraint = 'principal_last_administrator';
    end if;
    return new;
end
$$;
create trigger principal_last_administrator before update on shans.principal
    for each row when (old.role = 6 and old.active and not new.active) execute function shans.principal_last();

-- A token is named by its id where people see it: the hash stays inside.
alter table shans.token
    add column id bigint generated always as identity constraint token_id_unique unique,
    add column issued_by bigint references shans.principal (id),
    add column revoked_by bigint references shans.principal (id);

create table shans.token_use (
    token_id bigint primary key references shans.token (id),
    last_used_at timestamptz not null
);

-- Who looks after which school, by which document and how long. The copied organisation and role of the person let
-- plain constraints refuse a curator of the own school and a person who is no curator.
create table shans.curator_assignment (
    id bigint generated always as identity primary key,
    principal_id bigint not null,
    person_org_id bigint not null,
    person_role smallint not null default 8 constraint curator_role_needed check (person_role = 8),
    school_id bigint not null,
    district_id bigint not null,
    valid daterange not null constraint curator_dates_ordered check (
        not isempty(valid) and not upper_inf(valid) and upper(valid) - lower(valid) <= 400),
    document text not null constraint curator_document_given check (document <> ''),
    assigned_by bigint references shans.principal (id),
    assigned_at timestamptz not null,
    ended_by bigint references shans.principal (id),
    ended_at timestamptz,
    ended_why text not null default '',
    constraint curator_person foreign key (principal_id, person_org_id, person_role)
        references shans.principal (id, org_id, role),
    constraint curator_school_in_district foreign key (school_id, district_id)
        references shans.org (id, district_id) on update cascade,
    constraint curator_not_own_school check (school_id <> person_org_id),
    constraint curator_one_per_school exclude using gist (school_id with =, valid with &&) where (ended_at is null)
);
create index curator_by_person on shans.curator_assignment (principal_id) where ended_at is null;
create index curator_by_district on shans.curator_assignment (district_id, school_id);

-- An assignment is ended once; nothing else of it changes, but for the school's move to another district.
create function shans.curator_guard() returns trigger language plpgsql as
$$
begin
    if tg_op = 'UPDATE' and old.ended_at is null
       and to_jsonb(new) - '{district_id,ended_by,ended_at,ended_why}'::text[]
           = to_jsonb(old) - '{district_id,ended_by,ended_at,ended_why}'::text[] then
        return new;
    end if;
    if tg_op = 'UPDATE' and to_jsonb(new) - 'district_id' = to_jsonb(old) - 'district_id' then
        return new;
    end if;
    raise exception 'ended once' using errcode = 'restrict_violation', constraint = 'curator_ended_once';
end
$$;
create trigger curator_ended_once before update or delete on shans.curator_assignment
    for each row execute function shans.curator_guard();

-- Who saw what: one row a school, or one for a whole district (org_id is its id) or the region (org_id is null) when a
-- list was long. Offices are those of the day of reading. No figures, no secrets; never changed.
create table shans.access_log (
    at timestamptz not null,
    id bigint generated always as identity,
    principal_id bigint not null,
    login text not null,
    role smallint not null,
    office_id bigint not null,
    office_district_id bigint,
    method text not null,
    object text not null default '',
    org_id bigint,
    district_id bigint,
    row_count integer not null constraint access_log_row_count_positive check (row_count > 0),
    request_id uuid not null,
    primary key (at, id)
);
create index access_log_by_person on shans.access_log (principal_id, at);
create index access_log_by_org on shans.access_log (org_id, at);
create index access_log_by_district on shans.access_log (district_id, at);
create trigger access_log_insert_only before update or delete on shans.access_log
    for each row execute function shans.refuse_change();
create index audit_log_by_person on shans.audit_log (principal_id, at);

-- Refused sign-ins, counted by minute, reason and source, so that a flood cannot fill the table.
create table shans.refusal_log (
    minute timestamptz not null,
    reason text not null,
    source text not null,
    count bigint not null constraint refusal_log_count_positive check (count > 0),
    last_at timestamptz not null,
    primary key (minute, reason, source)
);

do $$
declare
    name text;
    role text;
begin
    foreach name in array array['token_use', 'curator_assignment', 'access_log', 'refusal_log'] loop
        execute format('alter table shans.%I owner to shans_owner', name);
    end loop;
    foreach name in array array['principal', 'token', 'token_use', 'curator_assignment', 'access_log', 'refusal_log',
                                'audit_log'] loop
        execute format('alter table shans.%I enable row level security', name);
        execute format('alter table shans.%I force row level security', name);
        execute format('create policy %I on shans.%I for all to shans_owner using (true) with check (true)',
                       name || '_owner', name);
    end loop;

    -- Figures of the assigned schools, read only; of runs what schools see too.
    foreach name in array array['submission', 'cell_revision', 'submission_event', 'cell_mark', 'fact_result',
                                'fact_identification', 'import_issue', 'edition_class', 'edition_procedure'] loop
        execute format('grant select on shans.%I to shans_curator', name);
        execute format('create policy %I on shans.%I for select to shans_curator'
                       ' using (school_id = any (shans.scope_schools()))', name || '_curator', name);
    end loop;

    -- Names of people stand in every office's lists; accounts as such are seen by the roles of accounts alone.
    foreach role in array array['school', 'district', 'region', 'auditor', 'writer', 'jobs', 'curator'] loop
        execute format('create policy %I on shans.principal for select to %I using (true)', 'principal_' || role,
                       'shans_' || role);
    end loop;
    foreach role in array array['school', 'district', 'region', 'auditor', 'writer', 'jobs', 'curator', 'accounts_self',
                                'accounts_district', 'accounts_region'] loop
        execute format('grant insert on shans.audit_log to %I', 'shans_' || role);
        execute format('create policy %I on shans.audit_log for insert to %I with check (true)', 'audit_log_' || role,
                       'shans_' || role);
    end loop;
    foreach role in array array['accounts_self', 'accounts_district', 'accounts_region'] loop
        role := 'shans_' || role;
        execute format('grant select, insert on shans.operation to %I', role);
        execute format('grant select on shans.principal, shans.token_use to %I', role);
        execute format('grant select (id, principal_id, issued_at, expires_at, revoked_at, note, issued_by) on shans.token'
                       ' to %I', role);
        execute format('grant update (revoked_at, revoked_by) on shans.token to %I', role);
    end loop;
end
$$;

-- The curator's further reading.
grant select on shans.org, shans.org_version, shans.org_link, shans.methodology, shans.edition to shans_curator;
grant select (id, login, display_name, role) on shans.principal to shans_curator;
grant select (id, methodology_code, methodology_version, year, input_hash, output_hash, program_version, created_at,
              finished_at, started_by, state, school_count, under_id, failure_reason) on shans.run to shans_curator;
create policy org_curator on shans.org for select to shans_curator
    using (id = any (shans.scope_schools()) or id = any (shans.scope_above()));

-- Organisations where accounts are kept; who has the own tokens alone sees none.
grant select on shans.org to shans_accounts_self;
grant select on shans.org, shans.org_version, shans.org_link to shans_accounts_district,
    shans_accounts_region;
create policy org_accounts_district on shans.org for select to shans_accounts_district
    using (district_id = shans.scope_district() or id = any (shans.scope_above()));
create policy org_accounts_region on shans.org for select to shans_accounts_region using (shans.scope_region());
create policy org_version_accounts on shans.org_version for select
    to shans_curator, shans_accounts_district, shans_accounts_region
    using (exists (select from shans.org where org.id = org_version.org_id));
create policy org_link_accounts on shans.org_link for select
    to shans_curator, shans_accounts_district, shans_accounts_region
    using (exists (select from shans.org where org.id = org_link.predecessor_id)
        or exists (select from shans.org where org.id = org_link.successor_id));

-- Accounts: one's own; those of schools and curators in a district, by the district; all but one's own, by the ministry.
grant insert (login, display_name, role, org_id), update (active, blocked_by, blocked_why) on shans.principal
    to shans_accounts_district, shans_accounts_region;
grant insert (hash, principal_id, issued_at, expires_at, note, issued_by) on shans.token
    to shans_accounts_district, shans_accounts_region;
create policy principal_auth on shans.principal for select to shans_auth using (true);
create policy principal_accounts_self on shans.principal for select to shans_accounts_self
    using (id = shans.scope_principal());
create policy principal_accounts_district on shans.principal for select to shans_accounts_district
    using (district_id = shans.scope_district());
create policy principal_accounts_district_add on shans.principal for insert to shans_accounts_district
    with check (district_id = shans.scope_district() and role in (1, 2, 8));
create policy principal_accounts_district_block on shans.principal for update to shans_accounts_district
    using (district_id = shans.scope_district() and role in (1, 2, 8) and id <> shans.scope_principal());
create policy principal_accounts_region on shans.principal for select to shans_accounts_region
    using (shans.scope_region());
create policy principal_accounts_region_add on shans.principal for insert to shans_accounts_region
    with check (shans.scope_region());
create policy principal_accounts_region_block on shans.principal for update to shans_accounts_region
    using (shans.scope_region() and id <> shans.scope_principal());

create policy token_auth on shans.token for select to shans_auth using (true);
create policy token_accounts_self on shans.token for all to shans_accounts_self
    using (principal_id = shans.scope_principal()) with check (principal_id = shans.scope_principal());
create policy token_accounts_district on shans.token for select to shans_accounts_district
    using (exists (select from shans.principal where principal.id = token.principal_id));
create policy token_accounts_district_issue on shans.token for insert to shans_accounts_district
    with check (exists (select from shans.principal where principal.id = token.principal_id and role in (1, 2, 8)));
create policy token_accounts_district_revoke on shans.token for update to shans_accounts_district
    using (exists (select from shans.principal where principal.id = token.principal_id
                   and (role in (1, 2, 8) or principal.id = shans.scope_principal())));
create policy token_accounts_region on shans.token for select to shans_accounts_region using (shans.scope_region());
create policy token_accounts_region_issue on shans.token for insert to shans_accounts_region
    with check (shans.scope_region() and principal_id <> shans.scope_principal());
create policy token_accounts_region_revoke on shans.token for update to shans_accounts_region
    using (shans.scope_region());

grant select, insert, update on shans.token_use to shans_auth;
create policy token_use_auth on shans.token_use for all to shans_auth using (true) with check (true);
create policy token_use_accounts on shans.token_use for select
    to shans_accounts_self, shans_accounts_district, shans_accounts_region
    using (exists (select from shans.token where token.id = token_use.token_id));

-- Curators: assigned by the school's district or the ministry; read by everyone whom the school concerns.
grant select on shans.curator_assignment to shans_auth, shans_curator, shans_school, shans_district, shans_region,
    shans_auditor, shans_accounts_district, shans_accounts_region;
grant insert (principal_id, person_org_id, school_id, district_id, valid, document, assigned_by, assigned_at),
    update (ended_by, ended_at, ended_why) on shans.curator_assignment to shans_accounts_district, shans_accounts_region;
create policy curator_auth on shans.curator_assignment for select to shans_auth using (true);
create policy curator_own on shans.curator_assignment for select to shans_curator
    using (principal_id = shans.scope_principal() and school_id = any (shans.scope_schools()));
create policy curator_school on shans.curator_assignment for select to shans_school
    using (school_id = any (shans.scope_schools()));
create policy curator_district on shans.curator_assignment for select to shans_district
    using (district_id = shans.scope_district());
create policy curator_region on shans.curator_assignment for select to shans_region using (shans.scope_region());
create policy curator_auditor on shans.curator_assignment for select to shans_auditor using (shans.scope_region());
create policy curator_accounts_district on shans.curator_assignment for all to shans_accounts_district
    using (district_id = shans.scope_district()) with check (district_id = shans.scope_district());
create policy curator_accounts_region on shans.curator_assignment for all to shans_accounts_region
    using (shans.scope_region()) with check (shans.scope_region());

-- The log of reading: a district asks for its people and its schools, a school for itself, the ministry for its own
-- people, the auditor for all. Rows of the whole region concern everyone in it.
grant insert on shans.access_log to shans_log;
create policy access_log_log on shans.access_log for insert to shans_log with check (true);
grant select on shans.access_log to shans_school, shans_district, shans_region, shans_auditor;
-- The scope is asked once for a statement, not once for a row: these tables are long, and read from their end.
create policy access_log_school on shans.access_log for select to shans_school
    using (org_id = any ((select shans.scope_schools() || shans.scope_above())::bigint[])
        or (org_id is null and (select cardinality(shans.scope_schools()) > 0)));
create policy access_log_district on shans.access_log for select to shans_district
    using (district_id = (select shans.scope_district()) or office_district_id = (select shans.scope_district())
        or (org_id is null and (select shans.scope_district() is not null)));
create policy access_log_region on shans.access_log for select to shans_region
    using (office_district_id is null and (select shans.scope_region()));
create policy access_log_auditor on shans.access_log for select to shans_auditor using ((select shans.scope_region()));

grant select on shans.audit_log to shans_district, shans_region;
grant select (org_id, district_id) on shans.principal to shans_district, shans_region, shans_auditor;
create policy audit_log_seen_auditor on shans.audit_log for select to shans_auditor
    using ((select shans.scope_region()));
create policy audit_log_seen_district on shans.audit_log for select to shans_district
    using (principal_id in (select id from shans.principal where district_id = (select shans.scope_district())));
create policy audit_log_seen_region on shans.audit_log for select to shans_region
    using ((select shans.scope_region())
        and principal_id in (select id from shans.principal where district_id is null));

grant select, insert, update on shans.refusal_log to shans_log;
create policy refusal_log_log on shans.refusal_log for all to shans_log using (true) with check (true);
grant select on shans.refusal_log to shans_region, shans_auditor;
create policy refusal_log_region on shans.refusal_log for select to shans_region using (shans.scope_region());
create policy refusal_log_auditor on shans.refusal_log for select to shans_auditor using (shans.scope_region());
