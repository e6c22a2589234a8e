-- $1 token, $2 now; a lost one only says that a token was used a little earlier than it was
insert into shans.token_use (token_id, last_used_at)
select $1::bigint, $2::timestamptz from set_config('synchronous_commit', 'off', true)
on conflict (token_id) do update set last_used_at = greatest(token_use.last_used_at, excluded.last_used_at)
