-- $1 before this id (0: from the newest), $2 limit
select run.id, run.methodology_code, run.methodology_version, run.year, coalesce(run.under_id, 0), coalesce(org.code, ''),
       run.state, run.input_hash, run.output_hash, run.program_version, run.school_count, run.failure_reason,
       run.started_by, principal.login, run.created_at, run.finished_at
from shans.run
join shans.principal on principal.id = run.started_by
left join shans.org on org.id = run.under_id
where $1::bigint = 0 or run.id < $1
order by run.id desc
limit $2::bigint
