/* Owns publishing: an edition approves a finished run by a document and can never change. Below the ministry
 * the edition is the only status there is. Must not compute classes. */
#include "common/crypto/crypto.h"
#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/service.h"
#include "server/store/store_edition.h"
#include "shans/v1/method.pb-c.h"

/* The hash travels as text: people compare it by eye. */
static ErrCode fill_edition(Arena *arena, const EditionRow *row, Shans__V1__Edition *to, Err *err)
{
    char hash[CRYPTO_HASH_TEXT_SIZE];

    crypto_hex(row->content_hash, CRYPTO_HASH_SIZE, hash);
    to->number = row->number;
    to->run_id = (uint64_t)row->run.id;
    to->title = (char *)row->title;
    to->document = (char *)row->document;
    to->published_by = (char *)row->published_by;
    to->published_ms = row->published_ms;
    to->content_hash = arena_text(arena, hash);
    to->methodology_code = (char *)row->run.methodology_code;
    to->year = (uint32_t)row->run.year;
    return to->content_hash == NULL ? err_memory(err) : ERR_OK;
}

/* Publishes a finished run as the next edition. Insert-only: a correction is a new edition, the old one stays
 * readable. Two publishers at once get two numbers, or the second is told that the run is published already.
 */
ErrCode edition_publish_edition(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                                Err *err)
{
    const Shans__V1__PublishEditionRequest *request = (const Shans__V1__PublishEditionRequest *)message;
    Shans__V1__PublishEditionReply *reply = (Shans__V1__PublishEditionReply *)reply_message;
    EditionWrite write = {
        .run_id = (int64_t)request->run_id,
        .title = request->title,
        .document = request->document,
        .principal_id = call->principal->id,
        .now_ms = call_now_ms(call),
    };
    EditionRow row;
    ErrCode code = edition_store_publish(call_db(call), &write, call->arena, &row, err);

    if (code != ERR_OK)
        return code;
    Shans__V1__Edition **one = MESSAGE_ARRAY(call->arena, 1, Shans__V1__Edition, shans__v1__edition__init);
    char *object = arena_printf(call->arena, "edition:%u", row.number);
    if (one == NULL || object == NULL)
        return err_memory(err);
    call_session(call)->object = object;
    reply->edition = one[0];
    return fill_edition(call->arena, &row, one[0], err);
}

/* All editions there are; scope applies to their classes, when those are listed. */
ErrCode edition_list_editions(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                              Err *err)
{
    Shans__V1__ListEditionsReply *reply = (Shans__V1__ListEditionsReply *)reply_message;
    EditionRow *rows;
    size_t count;
    ErrCode code = edition_store_list(call_db(call), call->arena, &rows, &count, err);

    (void)message;
    if (code != ERR_OK)
        return code;
    reply->editions = MESSAGE_ARRAY(call->arena, count, Shans__V1__Edition, shans__v1__edition__init);
    if (reply->editions == NULL)
        return err_memory(err);
    reply->n_editions = count;
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = fill_edition(call->arena, &rows[i], reply->editions[i], err);
    return code;
}
