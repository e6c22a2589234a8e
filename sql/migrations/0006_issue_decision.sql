-- What a person decided on a finding of an import: who, when, why, and the figure that is right when it was corrected.
-- Deciding is once and whole: an open issue has none of it, a decided one all.
alter table shans.import_issue
    add column decided_by bigint references shans.principal (id),
    add column decided_at timestamptz,
    add column decision_reason text not null default '',
    add column decided_value text not null default '',
    add constraint import_issue_decided_whole check (
        (status = 'open') = (decided_by is null) and (status = 'open') = (decided_at is null)
        and (status = 'open') = (decision_reason = '') and (status = 'corrected') = (decided_value <> ''));

-- Every run asks which schools have errors nobody decided on.
create index import_issue_open_errors on shans.import_issue (school_id) where status = 'open' and severity = 3;

grant update (decided_by, decided_at, decision_reason, decided_value) on shans.import_issue to shans_district, shans_region;
