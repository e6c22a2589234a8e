-- $1 id, $2 parent (0: none), $3 district (0: none), $4 training, $5 opened, $6 closed ('': null)
update shans.org
set parent_id = nullif($2::bigint, 0), district_id = nullif($3::bigint, 0), training = $4::boolean,
    opened_on = nullif($5::text, '')::date, closed_on = nullif($6::text, '')::date
where id = $1::bigint
