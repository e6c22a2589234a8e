/* Owns the conversion of groups, documents and members. Invariant: a group is known by one dated meaning or
 * not at all. Must not write. */
#include "server/service/group_message.h"

#include "common/base/clock.h"
#include "server/service/convert.h"
#include "server/service/service.h"

/* A document the scope hides has no kind: it is left out rather than shown half. */
ErrCode document_message_new(Arena *arena, const DocumentRow *row, Shans__V1__Document **ret_document,
                             Err *err)
{
    *ret_document = NULL;
    if (row->kind[0] == '\0')
        return ERR_OK;
    Shans__V1__Document **one = MESSAGE_ARRAY(arena, 1, Shans__V1__Document, shans__v1__document__init);
    if (one == NULL)
        return err_memory(err);
    one[0]->kind = (char *)row->kind;
    one[0]->number = (char *)row->number;
    one[0]->date = (char *)row->on_date;
    one[0]->issuer = (char *)row->issuer;
    *ret_document = one[0];
    return ERR_OK;
}

/* Texts stay those of the request. */
DocumentRow document_row(const Shans__V1__Document *document)
{
    if (document == NULL)
        return (DocumentRow){"", "", "", ""};
    return (DocumentRow){document->kind, document->number, document->date, document->issuer};
}

/* The size is that of the day the row was read for. */
ErrCode group_message_fill(Arena *arena, const GroupRow *row, Shans__V1__Group *to, Err *err)
{
    to->code = (char *)row->code;
    to->meaning = (char *)row->meaning;
    to->title_ru = (char *)row->title_ru;
    to->title_en = (char *)row->title_en;
    to->note_ru = (char *)row->note_ru;
    to->note_en = (char *)row->note_en;
    to->valid_from = (char *)row->valid_from;
    to->valid_to = (char *)row->valid_to;
    to->schools = row->schools;
    return document_message_new(arena, &row->document, &to->document, err);
}

/* The injected clock decides what today is. */
ErrCode group_day(Call *call, const char *on_date, const char **ret_day, Err *err)
{
    char today[CLOCK_TEXT_SIZE];

    if (*on_date != '\0') {
        *ret_day = on_date;
        return ERR_OK;
    }
    clock_dump_date(call_now_ms(call), today);
    *ret_day = arena_text(call->arena, today);
    return *ret_day == NULL ? err_memory(err) : ERR_OK;
}

/* Only what binding a name needs. */
GroupMeaning group_meaning(const GroupRow *row)
{
    return (GroupMeaning){row->code, row->meaning, row->title_ru, row->title_en, row->schools};
}

/* Of the meanings valid on that day only: a name that was ambiguous once may be clear now. */
ErrCode group_find(Call *call, const char *text, const char *day, uint32_t size, GroupRow *ret_group,
                   Err *err)
{
    GroupRow *rows;
    size_t count, index = 0;
    ErrCode code = group_store_list(call_db(call), day, false, call->arena, &rows, &count, err);

    if (code != ERR_OK)
        return code;
    GroupMeaning *meanings = ARENA_NEW(call->arena, GroupMeaning, count);
    if (meanings == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++)
        meanings[i] = group_meaning(&rows[i]);
    code = group_ref_find(meanings, count, text, size, call->arena, &index, err);
    if (code == ERR_OK)
        *ret_group = rows[index];
    return code;
}
