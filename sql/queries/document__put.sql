-- $1 kind, $2 number, $3 date, $4 issuer: the document, stored once
with added as (
    insert into shans.official_document (kind, number, on_date, issuer)
    values ($1::text, $2::text, $3::text::date, $4::text)
    on conflict on constraint official_document_once do nothing
    returning id, approves)
select id, approves::integer from added
union all
select id, approves::integer from shans.official_document
where kind = $1 and number = $2 and on_date = $3::date and issuer = $4
