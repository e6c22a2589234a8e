-- $1 school, $2 year: the identification accepted last is the one that counts
delete from shans.fact_identification where school_id = $1::bigint and year = $2::integer
