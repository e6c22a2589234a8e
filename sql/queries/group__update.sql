-- $1 id, $2 title ru, $3 en, $4 note ru, $5 en, $6 to ('': open): nothing when somebody belongs to it beyond that day
update shans.school_group set title_ru = $2::text, title_en = $3::text, note_ru = $4::text, note_en = $5::text,
                              valid = daterange(lower(valid), nullif($6::text, '')::date)
where id = $1::bigint
  and not exists (select from shans.group_member member where member.group_id = $1
                    and not daterange(lower(school_group.valid), nullif($6, '')::date) @> member.valid)
