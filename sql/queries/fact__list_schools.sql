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
       coalesce(fact.support_group, ''), coalesce(fact.listed, false), coalesce(memberships.lines, ''),
       coalesce(concat_ws(E'\t', document.kind, translate(document.number, E'\t\n', '  '), document.on_date,
                          translate(document.issuer, E'\t\n', '  '), stands.profile), ''),
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
left join shans.submission_document stands on stands.submission_id = fact.submission_id and stands.revision = fact.revision
left join shans.official_document document on document.id = stands.document_id
-- what the lists of the following school year say, one a line: group, titles, days, approved, document
left join lateral (
    select string_agg(concat_ws(E'\t', school_group.code || ':' || school_group.meaning,
                                translate(school_group.title_ru, E'\t\n', '  '),
                                translate(school_group.title_en, E'\t\n', '  '), lower(member.valid),
                                coalesce(upper(member.valid)::text, ''), member.approved::integer, entered.kind,
                                translate(entered.number, E'\t\n', '  '), entered.on_date,
                                translate(entered.issuer, E'\t\n', '  ')), E'\n'
                      order by school_group.code, school_group.meaning, member.valid) as lines
    from shans.group_member member
    join shans.school_group on school_group.id = member.group_id
    join shans.official_document entered on entered.id = member.document_in
    where member.school_id = org.id and $4 > 0
      and member.valid && daterange(make_date(greatest($4, 1), 9, 1), make_date(greatest($4, 1) + 1, 9, 1))) memberships on true
order by org.code collate "C"
