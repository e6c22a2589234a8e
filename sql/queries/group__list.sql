-- $1 day, $2 every meaning, also those not valid on the day; the count is of schools that were open on the day
select school_group.id, school_group.code, school_group.meaning, school_group.title_ru, school_group.title_en,
       school_group.note_ru, school_group.note_en, coalesce(to_char(lower(school_group.valid), 'YYYY-MM-DD'), ''),
       coalesce(to_char(upper(school_group.valid), 'YYYY-MM-DD'), ''), coalesce(document.kind, ''),
       coalesce(document.number, ''), coalesce(to_char(document.on_date, 'YYYY-MM-DD'), ''), coalesce(document.issuer, ''),
       (select count(*) from shans.group_member member
        join shans.org on org.id = member.school_id
        where member.group_id = school_group.id and member.valid @> $1::text::date
          and (org.closed_on is null or org.closed_on > $1::date))
from shans.school_group
left join shans.official_document document on document.id = school_group.document_id
where $2::boolean or school_group.valid @> $1::date
order by school_group.code collate "C", school_group.meaning collate "C", school_group.valid
