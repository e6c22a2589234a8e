-- $1 person's login ('': everyone), $2 organisation (0: any), $3 first day, $4 last day, $5 skip, $6 limit,
-- $7 before this time. What was seen of an organisation includes lists of its district or of the region.
select entry.at, entry.login, entry.role, coalesce(office.code, ''), entry.method, entry.object, coalesce(seen.code, ''),
       entry.row_count, entry.request_id, coalesce(entry.org_id, 0), coalesce(entry.district_id, 0),
       coalesce(entry.office_district_id, 0)
from (
    select *
    from shans.access_log
    where ($1::text = '' or principal_id = (select id from shans.principal where login = $1))
      and ($2::bigint = 0 or org_id is null or org_id = $2 or district_id = $2
           or org_id = (select district_id from shans.org where id = $2)
           or exists (select from shans.org top where top.id = $2 and top.kind = 1))
      and at >= $3::text::date and at < $4::text::date + 1 and at < $7::timestamptz
    order by at desc, id desc
    offset $5::bigint
    limit $6::bigint
) entry
left join shans.org office on office.id = entry.office_id
left join shans.org seen on seen.id = entry.org_id
order by entry.at desc, entry.id desc
