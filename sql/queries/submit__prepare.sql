-- $1 operation, $2 school, $3 form, $4 period, $5 source: what is remembered, what is live (locked), new numbers
select operation.id is not null, coalesce(operation.principal_id, 0), coalesce(operation.method, ''),
       operation.content_hash, operation.reply, coalesce(live.id, 0), coalesce(live.state, 0), coalesce(live.revision, 0),
       case when operation.id is null then coalesce(live.id, nextval('shans.submission_id_seq')) else 0 end,
       case when operation.id is null then nextval('shans.submission_event_id_seq') else 0 end
from (values (1)) as one
left join shans.operation on operation.id = $1::uuid
left join lateral (
    select id, state, revision from shans.submission
    where school_id = $2::bigint and form_code = $3::text and period = $4::text and source = $5::smallint
      and state not in (6, 7)
    for no key update) live on true
