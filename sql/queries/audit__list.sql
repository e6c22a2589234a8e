-- $1 person's login ('': everyone), $2 the people's organisation or district (0: any), $3 first day, $4 last day, $5 skip,
-- $6 limit, $7 before this time
select entry.at, entry.login, entry.role, coalesce(office.code, ''), entry.method, entry.object, '',
       0, entry.request_id, -1::bigint, 0::bigint, coalesce(entry.district_id, 0)
from (
    select audit.*, person.org_id, person.district_id
    from shans.audit_log audit
    left join shans.principal person on person.id = audit.principal_id
    where ($1::text = '' or audit.principal_id = (select id from shans.principal where login = $1))
      and ($2::bigint = 0 or person.org_id = $2 or person.district_id = $2)
      and audit.at >= $3::text::date and audit.at < $4::text::date + 1 and audit.at < $7::timestamptz
    order by audit.at desc, audit.id desc
    offset $5::bigint
    limit $6::bigint
) entry
left join shans.org office on office.id = entry.org_id
order by entry.at desc, entry.id desc
