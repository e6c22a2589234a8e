-- $1 principal, $2 its organisation, $3 school, $4 district of the school, $5 first day, $6 last day, $7 document, $8 by,
-- $9 now
with added as (
    insert into shans.curator_assignment (principal_id, person_org_id, school_id, district_id, valid, document,
                                          assigned_by, assigned_at)
    values ($1::bigint, $2::bigint, $3::bigint, $4::bigint, daterange($5::text::date, $6::text::date, '[]'), $7::text,
            $8::bigint, $9::timestamptz)
    returning id, principal_id)
select id, pg_notify('shans_token', principal_id::text) is null from added
