-- $1 number
select edition.number, edition.title, edition.document, publisher.login, edition.published_at, edition.content_hash,
       run.id, run.methodology_code, run.methodology_version, run.year, coalesce(run.under_id, 0), coalesce(org.code, ''),
       run.state, run.input_hash, run.output_hash, run.program_version, run.school_count, '',
       run.started_by, principal.login, run.created_at, run.finished_at
from shans.edition
join shans.run on run.id = edition.run_id
join shans.principal publisher on publisher.id = edition.published_by
join shans.principal on principal.id = run.started_by
left join shans.org on org.id = run.under_id
where edition.number = $1::bigint
