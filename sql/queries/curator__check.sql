-- $1 person, $2 its organisation, $3 school, $4 first day, $5 last day, $6 school year's first day.
-- Most schools at once with this one; whether the school is of the person's own line of mergers; whether someone of the
-- school looks after the person's; whether the school had another curator in the school year.
with recursive kin (id) as (
    select $2::bigint
    union
    select case when link.predecessor_id = kin.id then link.successor_id else link.predecessor_id end
    from shans.org_link link join kin on kin.id in (link.predecessor_id, link.successor_id))
select (select count(*) from shans.curator_assignment held
        where held.principal_id = $1::bigint and held.ended_at is null
          and held.valid && daterange($4::text::date, $5::text::date, '[]')) + 1,
       ($3::bigint in (select id from kin))::int,
       exists (select from shans.curator_assignment back
               where back.school_id in (select id from kin) and back.person_org_id = $3 and back.ended_at is null
                 and back.valid && daterange($4::text::date, $5::text::date, '[]'))::int,
       exists (select from shans.curator_assignment other
               where other.school_id = $3 and other.principal_id <> $1
                 and other.valid && daterange($6::text::date, ($6::text::date + interval '1 year')::date))::int
