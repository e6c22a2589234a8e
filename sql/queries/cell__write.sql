-- $1 submission, $2 school, $3 district, $4 revision, $5 author, $6 now, $7 sections, $8 rows, $9 fields, $10 kinds,
-- $11 numbers: only what differs from the state before is appended; kind 0 for what is no longer given
with place as (select left(period, 4)::smallint as year from shans.submission where id = $1::bigint),
given as (
    select * from unnest($7::text[], $8::text[], $9::text[], $10::smallint[], $11::bigint[])
        as cell (section, row_code, field, kind, number)),
standing as (
    select distinct on (section, row_code, field) section, row_code, field, kind, number
    from shans.cell_revision where submission_id = $1 and year = (select year from place)
    order by section, row_code, field, revision desc)
insert into shans.cell_revision (submission_id, revision, section, row_code, field, school_id, district_id, kind,
                                 number, author_id, at, year)
select $1, $4::integer, section, row_code, field, $2::bigint, $3::bigint, coalesce(given.kind, 0::smallint),
       coalesce(given.number, 0), $5::bigint, $6::timestamptz, (select year from place)
from given full join standing using (section, row_code, field)
where coalesce(given.kind, 0) <> coalesce(standing.kind, 0) or coalesce(given.number, 0) <> coalesce(standing.number, 0)
