-- $1 id, $2 state, $3 revision, $4 form version (0: keep), $5 content hash (null: keep, with the origin), $6 origin,
-- $7 now, $8 principal, $9 submits, $10 accepts, $11 expected state, $12 expected revision
update shans.submission
set state = $2::smallint, revision = $3::integer, form_version = coalesce(nullif($4::integer, 0), form_version),
    content_hash = coalesce($5::bytea, content_hash), origin = case when $5 is null then origin else $6::text end,
    changed_at = $7::timestamptz, changed_by = $8::bigint,
    submitted_at = case when $9::boolean then $7 else submitted_at end,
    submitted_by = case when $9 then $8 else submitted_by end,
    accepted_revision = case when $10::boolean then $3 else accepted_revision end,
    accepted_at = case when $10 then $7 else accepted_at end,
    accepted_by = case when $10 then $8 else accepted_by end
where id = $1::bigint and state = $11::smallint and revision = $12::integer
