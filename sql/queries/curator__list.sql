-- $1 subtree (0: all), $2 day ('': every), $3 after this id, $4 limit
select held.id, held.principal_id, held.school_id, held.district_id, person.login, person.display_name,
       coalesce(home.code, ''), coalesce(school.code, ''),
       coalesce((select version.name from shans.org_version version where version.org_id = held.school_id
                 order by version.valid desc limit 1), ''),
       to_char(lower(held.valid), 'YYYY-MM-DD'), to_char(upper(held.valid) - 1, 'YYYY-MM-DD'), held.document, held.ended_at,
       held.ended_why
from shans.curator_assignment held
join shans.principal person on person.id = held.principal_id
left join shans.org home on home.id = held.person_org_id
left join shans.org school on school.id = held.school_id
where ($1::bigint = 0 or held.school_id = $1 or held.district_id = $1
       or exists (select from shans.org top where top.id = $1 and top.kind = 1))
  and ($2::text = '' or (held.ended_at is null and held.valid @> $2::text::date))
  and held.id > $3::bigint
order by held.id
limit $4::bigint
