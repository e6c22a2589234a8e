-- arrays: $1 minute, $2 reason, $3 source, $4 count, $5 last
insert into shans.refusal_log (minute, reason, source, count, last_at)
select * from unnest($1::timestamptz[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[])
on conflict (minute, reason, source)
    do update set count = refusal_log.count + excluded.count, last_at = greatest(refusal_log.last_at, excluded.last_at)
