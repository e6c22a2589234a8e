-- People, tokens, remembered operations, the audit log.
create table shans.principal (
    id bigint generated always as identity primary key,
    login text not null constraint principal_login_unique unique
        constraint principal_login_form check (login ~ '^[A-Za-z0-9._@-]{1,63}$'),
    display_name text not null default '',
    role smallint not null constraint principal_role_known check (role between 1 and 7),
    org_id bigint not null references shans.org (id),
    active boolean not null default true,
    created_at timestamptz not null default now()
);

-- Opaque 256-bit tokens; only the hash is kept. device_key is the place of device enrolment.
create table shans.token (
    hash bytea primary key constraint token_hash_size check (octet_length(hash) = 32),
    principal_id bigint not null references shans.principal (id),
    issued_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    device_key bytea,
    note text not null default ''
);
create index token_by_principal on shans.token (principal_id);

-- Outside the scope policies on purpose: a conflicting id of another scope must be seen. Kept for good.
create table shans.operation (
    id uuid primary key,
    principal_id bigint not null references shans.principal (id),
    method text not null,
    content_hash bytea not null constraint operation_hash_size check (octet_length(content_hash) = 32),
    reply bytea not null,
    created_at timestamptz not null default now()
);

create table shans.audit_log (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    principal_id bigint,
    login text not null,
    role smallint not null,
    method text not null,
    request_id uuid,
    operation_id uuid,
    object text not null default '',
    detail text not null default ''
);
create index audit_log_by_time on shans.audit_log (at);

alter table shans.principal owner to shans_owner;
alter table shans.token owner to shans_owner;
alter table shans.operation owner to shans_owner;
alter table shans.audit_log owner to shans_owner;
create trigger audit_log_insert_only before update or delete on shans.audit_log
    for each row execute function shans.refuse_change();
create trigger operation_insert_only before update or delete on shans.operation
    for each row execute function shans.refuse_change();

grant select on shans.principal, shans.token to shans_auth;
grant select (id, login, display_name, role) on shans.principal
    to shans_school, shans_district, shans_region, shans_auditor, shans_writer, shans_jobs;
grant select, insert on shans.operation to shans_school, shans_district, shans_region, shans_writer;
grant insert on shans.audit_log to shans_school, shans_district, shans_region, shans_auditor, shans_writer, shans_jobs;
grant select on shans.audit_log to shans_auditor;
