-- $1 id
select principal_id, method, content_hash, reply from shans.operation where id = $1::uuid
