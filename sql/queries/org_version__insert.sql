-- $1 org, $2 parent (0: none), $3 from, $4 to ('': open), $5 number, $6 name, $7 short name, $8 kind of school,
-- $9 settlement, $10 levels
insert into shans.org_version (org_id, parent_id, valid, number, name, short_name, school_kind, settlement, levels)
values ($1::bigint, nullif($2::bigint, 0), daterange(nullif($3::text, '')::date, nullif($4::text, '')::date),
        $5::text, $6::text, $7::text, $8::text, $9::smallint, $10::text)
