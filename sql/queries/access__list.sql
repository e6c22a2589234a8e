-- $1 person's login ('': everyone), $2 organisation (0: any), $3 first day, $4 last day, $5 skip, $6 limit,
-- $7 before this time.
-- What was seen of an organisation includes lists of its district or of the region that may have held it.
select entry.at, entry.login, entry.role, coalesce(office.code, ''), entry.method, entry.change, entry.object,
       coalesce(seen.code, ''), entry.row_count, entry.request_id, entry.org_id, entry.district_id,
       coalesce(entry.office_district_id, 0)
from (
    (select at, id, login, role, office_id, office_district_id, method, false as change, object, coalesce(org_id, 0) as org_id,
            coalesce(district_id, 0) as district_id, row_count, request_id
     from shans.access_log
     where ($1::text = '' or principal_id = (select id from shans.principal where login = $1))
       and ($2::bigint = 0 or org_id is null or org_id = $2 or district_id = $2
            or org_id = (select district_id from shans.org where id = $2)
            or exists (select from shans.org top where top.id = $2 and top.kind = 1))
       and at >= $3::text::date and at < $4::text::date + 1 and at < $7::timestamptz
     order by at desc, id desc limit $5::bigint + $6::bigint)
    union all
    (select audit.at, audit.id, audit.login, audit.role, person.org_id, person.district_id, audit.method, true,
            audit.object, -1, 0, 0, audit.request_id
     from shans.audit_log audit
     left join shans.principal person on person.id = audit.principal_id
     where $2 = 0 and ($1 = '' or audit.principal_id = (select id from shans.principal where login = $1))
       and audit.at >= $3::text::date and audit.at < $4::text::date + 1 and audit.at < $7
     order by audit.at desc, audit.id desc limit $5 + $6)
) entry
left join shans.org office on office.id = entry.office_id
left join shans.org seen on seen.id = entry.org_id
order by entry.at desc, entry.change, entry.id desc
offset $5
limit $6
