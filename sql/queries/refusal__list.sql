-- $1 first day, $2 last day, $3 limit; the newest first
select minute, reason, source, count, last_at
from shans.refusal_log
where minute >= $1::text::date and minute < $2::text::date + 1
order by minute desc, reason, source
limit $3::bigint
