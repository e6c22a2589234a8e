-- $1 org, $2 day: the newest version ends there, when it begins before and ends later
update shans.org_version
set valid = daterange(lower(valid), $2::text::date)
where org_id = $1::bigint
  and valid = (select newest.valid from shans.org_version newest where newest.org_id = $1
               order by newest.valid desc limit 1)
  and (lower(valid) is null or lower(valid) < $2::text::date)
  and (upper(valid) is null or upper(valid) > $2::text::date)
