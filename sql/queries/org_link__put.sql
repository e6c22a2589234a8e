-- $1 predecessor, $2 successor, $3 day, $4 kind, $5 document; a row only when something changed
insert into shans.org_link as link (predecessor_id, successor_id, on_date, kind, document)
values ($1::bigint, $2::bigint, $3::text::date, $4::text, $5::text)
on conflict (predecessor_id, successor_id, on_date) do update set kind = excluded.kind, document = excluded.document
where (link.kind, link.document) is distinct from (excluded.kind, excluded.document)
returning xmax = 0
