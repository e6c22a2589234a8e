-- Organisations, valid in time. org is the identity; org_version says what it was called, and where it stood, when.
create table shans.org (
    id bigint generated always as identity primary key,
    code text not null constraint org_code_unique unique constraint org_code_form check (code ~ '^[A-Za-z0-9._-]{1,63}$'),
    kind smallint not null constraint org_kind_known check (kind between 1 and 4), -- 1 region 2 district 3 school 4 centre
    parent_id bigint constraint org_parent_exists references shans.org (id),
    district_id bigint, -- the district of a school today; a district's own id; null above
    training boolean not null default false, -- fictitious: shown as such everywhere
    opened_on date,
    closed_on date,
    created_at timestamptz not null default now(),
    constraint org_id_district_unique unique (id, district_id),
    constraint org_parent_needed check ((kind = 1) = (parent_id is null)),
    constraint org_school_has_district check (kind <> 3 or district_id is not null),
    constraint org_dates_ordered check (closed_on is null or opened_on is null or opened_on <= closed_on)
);
create unique index org_one_region on shans.org ((true)) where kind = 1;
create index org_by_district on shans.org (district_id, id);

create table shans.org_version (
    org_id bigint not null references shans.org (id),
    valid daterange not null constraint org_version_valid_not_empty check (not isempty(valid)),
    parent_id bigint references shans.org (id),
    number text not null default '',
    name text not null constraint org_version_name_given check (name <> ''),
    short_name text not null default '',
    school_kind text not null default '',
    settlement smallint not null default 0 constraint org_version_settlement_known check (settlement between 0 and 2),
    levels text not null default '' constraint org_version_levels_form check (levels ~ '^1?2?3?$'),
    constraint org_version_no_overlap exclude using gist (org_id with =, valid with &&),
    constraint org_version_number_unique exclude using gist (parent_id with =, number with =, valid with &&)
        where (number <> '')
);
create index org_version_by_org on shans.org_version (org_id);

create table shans.org_link (
    predecessor_id bigint not null references shans.org (id),
    successor_id bigint not null references shans.org (id),
    on_date date not null,
    kind text not null constraint org_link_kind_known check (kind in ('absorbed', 'merged', 'split', 'renamed')),
    document text not null default '',
    primary key (predecessor_id, successor_id, on_date),
    constraint org_link_not_itself check (predecessor_id <> successor_id)
);
create index org_link_by_successor on shans.org_link (successor_id);

-- A successor can never be its own predecessor.
create function shans.org_link_check() returns trigger language plpgsql as
$$
begin
    if exists (
        with recursive below (id) as (
            select new.successor_id
            union
            select link.successor_id from shans.org_link link join below on link.predecessor_id = below.id)
        select from below where id = new.predecessor_id) then
        raise exception 'cycle' using errcode = 'check_violation', constraint = 'org_link_no_cycle';
    end if;
    return new;
end
$$;
create trigger org_link_no_cycle before insert or update on shans.org_link
    for each row execute function shans.org_link_check();

alter table shans.org owner to shans_owner;
alter table shans.org_version owner to shans_owner;
alter table shans.org_link owner to shans_owner;
alter table shans.org enable row level security;
alter table shans.org force row level security;
alter table shans.org_version enable row level security;
alter table shans.org_version force row level security;
alter table shans.org_link enable row level security;
alter table shans.org_link force row level security;

grant select on shans.org, shans.org_version, shans.org_link
    to shans_auth, shans_school, shans_district, shans_region, shans_auditor, shans_writer, shans_jobs;
grant insert, update on shans.org, shans.org_version, shans.org_link to shans_region;
grant delete on shans.org_version to shans_region;

create policy org_auth on shans.org for select to shans_auth using (true);
create policy org_version_auth on shans.org_version for select to shans_auth using (true);
create policy org_link_auth on shans.org_link for select to shans_auth using (true);
create policy org_owner on shans.org for select to shans_owner using (true); -- the commands of an administrator
create policy org_version_owner on shans.org_version for select to shans_owner using (true);
create policy org_jobs on shans.org for select to shans_jobs using (true);
create policy org_version_jobs on shans.org_version for select to shans_jobs using (true);
create policy org_link_jobs on shans.org_link for select to shans_jobs using (true);
create policy org_school on shans.org for select to shans_school
    using (id = any (shans.scope_schools()) or id = any (shans.scope_above()));
create policy org_district on shans.org for select to shans_district
    using (district_id = shans.scope_district() or id = any (shans.scope_above()));
create policy org_region on shans.org for all to shans_region using (shans.scope_region()) with check (shans.scope_region());
create policy org_auditor on shans.org for select to shans_auditor using (shans.scope_region());
create policy org_writer on shans.org for select to shans_writer
    using (id = any (shans.scope_schools()) or district_id = shans.scope_district() or shans.scope_region());
-- Versions and links are visible with the organisation they belong to.
create policy org_version_seen on shans.org_version for select
    to shans_school, shans_district, shans_auditor, shans_writer
    using (exists (select from shans.org where org.id = org_version.org_id));
create policy org_version_region on shans.org_version for all to shans_region
    using (shans.scope_region()) with check (shans.scope_region());
create policy org_link_seen on shans.org_link for select
    to shans_school, shans_district, shans_auditor, shans_writer
    using (exists (select from shans.org where org.id = org_link.predecessor_id)
        or exists (select from shans.org where org.id = org_link.successor_id));
create policy org_link_region on shans.org_link for all to shans_region
    using (shans.scope_region()) with check (shans.scope_region());
