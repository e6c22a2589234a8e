-- $1 this year
select shans.partitions_ahead($1::integer)
