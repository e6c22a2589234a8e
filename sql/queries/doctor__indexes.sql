-- Indexes that PostgreSQL keeps up but does not use: a build that was broken off leaves them
select index.relname, parent.relname
from pg_index
join pg_class index on index.oid = indexrelid
join pg_class parent on parent.oid = indrelid
where parent.relnamespace = (select oid from pg_namespace where nspname = 'shans') and not (indisvalid and indisready)
order by index.relname
