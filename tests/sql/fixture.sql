-- One region, two districts with two schools each, one row of everything for every school. Kept for all scripts.
create schema trial;
grant usage on schema trial to public;

insert into shans.org (id, code, kind, parent_id, district_id) overriding system value values
    (1, 'region', 1, null, null),
    (2, 'north', 2, 1, 2),
    (3, 'south', 2, 1, 3),
    (11, 'n1', 3, 2, 2),
    (12, 'n2', 3, 2, 2),
    (21, 's1', 3, 3, 3),
    (22, 's2', 3, 3, 3);
insert into shans.org_version (org_id, valid, parent_id, number, name)
select id, daterange('2000-01-01', null), parent_id, case when kind = 3 then id::text else '' end, 'name of ' || code
from shans.org;
insert into shans.org_link (predecessor_id, successor_id, on_date, kind) values (12, 11, '2020-09-01', 'absorbed');

insert into shans.principal (id, login, role, org_id) overriding system value
select id, 'user.' || code, case kind when 1 then 4 when 2 then 3 else 1 end, id from shans.org;
insert into shans.token (hash, principal_id, expires_at)
select decode(lpad(to_hex(id), 64, '0'), 'hex'), id, '2100-01-01' from shans.principal;

insert into shans.submission (id, school_id, district_id, form_code, form_version, period, source, state, revision,
                              content_hash, changed_at, changed_by, submitted_at, submitted_by)
overriding system value
select 1000 + id, id, district_id, 'passport', 1, '2023', 1, 3, 1, decode(repeat('00', 32), 'hex'), now(), id, now(), id
from shans.org where kind = 3;
insert into shans.cell_revision (submission_id, revision, section, row_code, field, school_id, district_id, kind, number,
                                 author_id, at, year)
select id, 1, 'main', 'r1', 'pupils', school_id, district_id, 1, 40, school_id, now(), 2023 from shans.submission;
insert into shans.submission_event (submission_id, school_id, district_id, revision, event, from_state, to_state,
                                    principal_id, at)
select id, school_id, district_id, 1, 'submit', 2, 3, school_id, now() from shans.submission;
insert into shans.cell_mark (submission_id, school_id, district_id, revision, section, row_code, field, comment, made_by,
                             made_at)
select id, school_id, district_id, 1, 'main', 'r1', 'pupils', 'why 40?', 2, now() from shans.submission;
insert into shans.fact_result (school_id, district_id, year, procedure, source, held, participants, below, submission_id,
                               revision)
select school_id, district_id, 2023, 'ege.rus', 1, true, 10, 3, id, 1 from shans.submission;
insert into shans.fact_identification (school_id, district_id, year, submission_id, revision)
select school_id, district_id, 2023, id, 1 from shans.submission;
insert into shans.import_issue (rule, severity, school_id, district_id, created_at, created_by)
select 'WRONG_TABLE', 2, school_id, district_id, now(), 1 from shans.submission;

insert into shans.official_document (id, kind, number, on_date, issuer) overriding system value
values (1, 'order', '1', '2023-01-11', 'ministry'), (2, 'letter', '2', '2023-01-12', 'ministry');
insert into shans.school_group (id, code, meaning, title_ru, valid, document_id) overriding system value
values (1, 'shnor', 'regional', 'ШНОР', '[2023-01-01,)', 1), (2, 'shans', 'draft', 'ШАНС', '[2023-01-01,2024-01-01)', 2);
insert into shans.group_member (group_id, school_id, district_id, valid, document_in, approved, added_at, added_by)
select 1, school_id, district_id, '[2023-01-11,)', 1, true, now(), 1 from shans.submission;
insert into shans.submission_document (submission_id, revision, school_id, district_id, document_id)
select id, 1, school_id, district_id, 1 from shans.submission;
insert into shans.confirmation (submission_id, revision, school_id, district_id, principal_id, at)
select id, 1, school_id, district_id, school_id, now() from shans.submission;
insert into shans.dispute (submission_id, revision, school_id, district_id, section, row_code, field, delivered_kind,
                           delivered_number, claimed_kind, claimed_number, reason, state, made_by, made_at)
select id, 1, school_id, district_id, 'main', 'r1', 'pupils', 1, 40, 1, 41, 'one more', 1, school_id, now()
from shans.submission;

insert into shans.methodology (code, version, hash, compiled, title_ru, title_en, stored_at)
values ('M', 1, '\x01', '\x02', 'М', 'M', now());
insert into shans.run (id, methodology_code, methodology_version, year, state, started_by, created_at)
overriding system value values (1, 'M', 1, 2023, 2, 1, now());
insert into shans.run_class (run_id, school_id, district_id, status, branches, flags, reliable)
select 1, school_id, district_id, 1, 0, 0, true from shans.submission;
insert into shans.run_procedure (run_id, school_id, district_id, procedure, year, participants, below, low, risk, reliable,
                                 wilson_low_ppm, wilson_high_ppm, source, submission_id, revision, origin_school_id)
select 1, school_id, district_id, 'ege.rus', 2023, 10, 3, true, false, true, 0, 0, 1, id, 1, school_id
from shans.submission;
insert into shans.edition (number, run_id, title, document, published_by, published_at, content_hash)
values (1, 1, 'List 2023', 'Order 1', 1, now(), '\x03');
insert into shans.edition_class select 1, run_class.* from shans.run_class;
insert into shans.edition_procedure select 1, run_procedure.* from shans.run_procedure;

-- The generated numbers go on behind the given ones.
select setval('shans.org_id_seq', 9000), setval('shans.principal_id_seq', 9000), setval('shans.submission_id_seq', 9000),
       setval('shans.run_id_seq', 9000), setval('shans.official_document_id_seq', 9000),
       setval('shans.school_group_id_seq', 9000);

-- Takes a working role with its scope for the rest of the transaction; null leaves a setting as it never was.
create function trial.enter(role text, district text, schools text, region text, above text default null) returns void
language plpgsql as
$$
begin
    perform set_config('shans.district', coalesce(district, ''), true),
            set_config('shans.schools', coalesce(schools, ''), true),
            set_config('shans.region', coalesce(region, ''), true),
            set_config('shans.above', coalesce(above, ''), true),
            set_config('role', role, true);
end
$$;

create function trial.leave() returns void language plpgsql as
$$
begin
    perform set_config('role', 'none', true);
end
$$;

create function trial.count(query text) returns bigint language plpgsql as
$$
declare
    n bigint;
begin
    execute query into n;
    return n;
end
$$;

-- The statement must fail with this SQLSTATE (and, when named, break this constraint).
create function trial.fails(statement text, state text, wanted text default null) returns void language plpgsql as
$$
declare
    got text;
begin
    begin
        execute statement;
    exception when others then
        get stacked diagnostics got = constraint_name;
        if sqlstate <> state or (wanted is not null and got is distinct from wanted) then
            raise exception '%: % (%) instead of % (%): %', statement, sqlstate, got, state, wanted, sqlerrm;
        end if;
        return;
    end;
    raise exception 'went through: %', statement;
end
$$;

-- The statement must work and touch this many rows.
create function trial.touches(statement text, wanted bigint) returns void language plpgsql as
$$
declare
    n bigint;
begin
    execute statement;
    get diagnostics n = row_count;
    if n <> wanted then
        raise exception '%: % rows instead of %', statement, n, wanted;
    end if;
end
$$;
