-- $1 subtree (0: the region), $2 first day, $3 day after the last, $4 year of the identification
with recursive wanted (id) as (
    select org.id from shans.org
    where org.kind = 3
      and ($1::bigint = 0 or org.id = $1 or org.district_id = $1
           or exists (select from shans.org top where top.id = $1 and top.kind = 1))
      and (org.closed_on is null or org.closed_on > $2::text::date)
      and (org.opened_on is null or org.opened_on < $3::text::date)
    union
    select link.predecessor_id from wanted
    join shans.org_link link on link.successor_id = wanted.id and link.kind <> 'split'
    join shans.org on org.id = link.predecessor_id and org.kind = 3)
select org.id, org.district_id, org.code, coalesce(version.school_kind, ''), org.training,
       coalesce(extract(year from org.opened_on - interval '5 months')::integer + 1, 0),
       coalesce(extract(year from org.closed_on - interval '5 months')::integer, 0),
       coalesce(fact.wellbeing_group, 0), coalesce(fact.quality_group, 0), coalesce(fact.submission_id, 0),
       coalesce(fact.support_group, ''), coalesce(fact.listed, false),
       (select count(*)::integer from shans.import_issue issue
        where issue.school_id = org.id and issue.status = 'open' and issue.severity = 3)
from wanted
join shans.org on org.id = wanted.id
left join lateral (
    select school_kind from shans.org_version
    where org_id = org.id
    order by (lower(valid) is null or lower(valid) < $3::text::date) desc,
             case when lower(valid) is null or lower(valid) < $3::text::date then valid end desc nulls last, valid
    limit 1) version on true
left join shans.fact_identification fact on fact.school_id = org.id and fact.year = $4::integer
order by org.code collate "C"
