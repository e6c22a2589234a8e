-- $1 code, $2 version (0: the newest)
select code, version, hash, compiled, title_ru, title_en, stored_at, coalesce(stored_by, 0), used_at is not null
from shans.methodology
where code = $1::text and ($2::bigint = 0 or version = $2)
order by version desc
limit 1
