-- $1 role, or none; $2 principal, $3 district, $4 region, $5 schools, $6 above; $7 milliseconds a statement may take
select set_config('role', $1, true),
       set_config('shans.principal', $2, true),
       set_config('shans.district', $3, true),
       set_config('shans.region', $4, true),
       set_config('shans.schools', $5, true),
       set_config('shans.above', $6, true),
       set_config('statement_timeout', $7, true)
