-- $1 hash or null, $2 principal, $3 now
with gone as (
    update shans.token set revoked_at = $3::timestamptz
    where (hash = $1::bytea or ($1 is null and principal_id = $2::bigint)) and revoked_at is null
    returning principal_id)
select principal_id, pg_notify('shans_token', principal_id::text) is null from gone
