-- $1 principal, $2 token (0: all), $3 now, $4 by
with gone as (
    update shans.token set revoked_at = $3::timestamptz, revoked_by = $4::bigint
    where principal_id = $1::bigint and ($2::bigint = 0 or id = $2) and revoked_at is null
    returning principal_id)
select principal_id, pg_notify('shans_token', principal_id::text) is null from gone
