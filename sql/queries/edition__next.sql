-- $1 run
select coalesce(max(number), 0) + 1, coalesce(max(number) filter (where run_id = $1::bigint), 0) from shans.edition
