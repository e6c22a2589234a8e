-- $1 code, $2 kind, $3 parent, $4 district (0: none), $5 training, $6 opened, $7 closed
insert into shans.org (code, kind, parent_id, district_id, training, opened_on, closed_on)
values ($1::text, $2::smallint, nullif($3::bigint, 0), nullif($4::bigint, 0), $5::boolean,
        nullif($6::text, '')::date, nullif($7::text, '')::date)
returning id
