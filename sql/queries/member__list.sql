-- $1 group (0: every), $2 day, $3 subtree (0: all), $4 after this id, $5 limit, $6 days before it
select member.id, member.school_id, member.district_id, coalesce(org.code, ''), coalesce(version.name, ''),
       school_group.code || ':' || school_group.meaning, school_group.title_ru, school_group.title_en,
       coalesce(to_char(lower(member.valid), 'YYYY-MM-DD'), ''), coalesce(to_char(upper(member.valid), 'YYYY-MM-DD'), ''),
       coalesce(entered.kind, ''), coalesce(entered.number, ''), coalesce(to_char(entered.on_date, 'YYYY-MM-DD'), ''),
       coalesce(entered.issuer, ''), coalesce(gone.kind, ''), coalesce(gone.number, ''),
       coalesce(to_char(gone.on_date, 'YYYY-MM-DD'), ''), coalesce(gone.issuer, ''),
       coalesce(org.closed_on <= $2::text::date, false), coalesce(org.training, false), member.approved
from shans.group_member member
join shans.school_group on school_group.id = member.group_id
left join shans.org on org.id = member.school_id
left join lateral (select name from shans.org_version where org_id = member.school_id
                   order by valid desc limit 1) version on true
left join shans.official_document entered on entered.id = member.document_in
left join shans.official_document gone on gone.id = member.document_out
where ($1::bigint = 0 or member.group_id = $1) and member.valid @> $2::date - $6::integer
  and ($3::bigint = 0 or member.school_id = $3 or member.district_id = $3
       or exists (select from shans.org top where top.id = $3 and top.kind = 1))
  and member.id > $4::bigint
order by member.id
limit $5::bigint
