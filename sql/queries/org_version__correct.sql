-- $1 org, $2 parent (0: none), $3 first day of the version, $4 its new end ('': open), $5 number, $6 name,
-- $7 short name, $8 kind of school, $9 settlement, $10 levels
update shans.org_version
set parent_id = nullif($2::bigint, 0),
    valid = daterange(lower(valid), nullif($4::text, '')::date),
    number = $5::text, name = $6::text, short_name = $7::text, school_kind = $8::text, settlement = $9::smallint,
    levels = $10::text
where org_id = $1::bigint and lower(valid) is not distinct from nullif($3::text, '')::date
