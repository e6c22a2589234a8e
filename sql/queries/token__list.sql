-- $1 principal, $2 limit; the newest first
select token.id, token.issued_at, token.expires_at, token.revoked_at, token_use.last_used_at, token.note
from shans.token
left join shans.token_use on token_use.token_id = token.id
where token.principal_id = $1::bigint
order by token.id desc
limit $2::bigint
