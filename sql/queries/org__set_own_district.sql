-- $1 id of a district
update shans.org set district_id = id where id = $1::bigint
