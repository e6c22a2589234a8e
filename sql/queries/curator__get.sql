-- $1 id
select id, principal_id, school_id, district_id, (ended_at is not null)::int from shans.curator_assignment where id = $1::bigint
