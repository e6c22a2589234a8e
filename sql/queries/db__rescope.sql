-- $1 principal, $2 district, $3 region, $4 schools, $5 above
select set_config('shans.principal', $1, true),
       set_config('shans.district', $2, true),
       set_config('shans.region', $3, true),
       set_config('shans.schools', $4, true),
       set_config('shans.above', $5, true)
