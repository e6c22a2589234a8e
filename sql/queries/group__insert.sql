-- $1 code, $2 meaning, $3 title ru, $4 en, $5 note ru, $6 en, $7 from, $8 to ('': open), $9 document
insert into shans.school_group (code, meaning, title_ru, title_en, note_ru, note_en, valid, document_id)
values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text,
        daterange($7::text::date, nullif($8::text, '')::date), $9::bigint)
