select code, version, hash, null::bytea, title_ru, title_en, stored_at, coalesce(stored_by, 0), used_at is not null
from shans.methodology
order by code collate "C", version
