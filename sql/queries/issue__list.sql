-- $1 subtree (0: all), $2 status ('': every), $3 after this id, $4 limit, $5 one id (0: any); arguments are joined by U+001F
select issue.id, issue.rule, issue.severity, coalesce(issue.school_id, 0), coalesce(issue.district_id, 0),
       coalesce(org.code, ''), issue.place, issue.raw_value, issue.proposal, cardinality(issue.arg_keys),
       (select coalesce(string_agg(translate(item, chr(31), ' '), chr(31) order by place), '')
        from unnest(issue.arg_keys) with ordinality as keys (item, place)),
       (select coalesce(string_agg(translate(item, chr(31), ' '), chr(31) order by place), '')
        from unnest(issue.arg_values) with ordinality as held (item, place)),
       issue.status, issue.document, coalesce(decider.login, ''), issue.decided_at, issue.decision_reason,
       issue.decided_value
from shans.import_issue issue
left join shans.org on org.id = issue.school_id
left join shans.principal decider on decider.id = issue.decided_by
where ($1::bigint = 0 or issue.school_id = $1 or issue.district_id = $1
       or exists (select from shans.org top where top.id = $1 and top.kind = 1))
  and ($2::text = '' or issue.status = $2)
  and issue.id > $3::bigint
  and ($5::bigint = 0 or issue.id = $5)
order by issue.id
limit $4::bigint
