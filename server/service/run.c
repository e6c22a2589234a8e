/* Owns classification runs as callers see them: queueing one (the job loop does the work), passports, lists.
 * Must not classify. */
#include "common/catalog/methodology.h"
#include "common/crypto/crypto.h"
#include "server/engine/shift.h"
#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/run_message.h"
#include "server/service/service.h"

/* Hexadecimal, "" for a run that has none yet. */
static char *hash_text(Arena *arena, const uint8_t *hash)
{
    char text[CRYPTO_HASH_TEXT_SIZE] = "";

    if (hash != NULL)
        crypto_hex(hash, CRYPTO_HASH_SIZE, text);
    return arena_text(arena, text);
}

/* A run with the hashes that let anybody compare two of them. */
ErrCode run_message_fill(Arena *arena, const RunRow *row, Shans__V1__Run *to, Err *err)
{
    to->id = (uint64_t)row->id;
    to->methodology_code = (char *)row->methodology_code;
    to->methodology_version = row->methodology_version;
    to->year = (uint32_t)row->year;
    to->state = (Shans__V1__RunState)row->state;
    to->input_hash = hash_text(arena, row->input_hash);
    to->output_hash = hash_text(arena, row->output_hash);
    to->program_version = (char *)row->program_version;
    to->started_by = (char *)row->started_by;
    to->created_ms = row->created_ms;
    to->finished_ms = row->finished_ms;
    to->school_count = row->school_count;
    to->under = (char *)row->under_code;
    to->failure_reason = (char *)row->failure_reason;
    return to->input_hash == NULL || to->output_hash == NULL ? err_memory(err) : ERR_OK;
}

/* One run in a message of the arena. */
ErrCode run_message_new(Arena *arena, const RunRow *row, Shans__V1__Run **ret, Err *err)
{
    Shans__V1__Run **one = MESSAGE_ARRAY(arena, 1, Shans__V1__Run, shans__v1__run__init);

    if (one == NULL)
        return err_memory(err);
    *ret = one[0];
    return run_message_fill(arena, row, one[0], err);
}

/* Checks that methodology and year fit and queues the run; the job loop computes it. The version is pinned
 * here: what is stored later under the same code does not change a queued run. A profile that names years is
 * moved to end with the year asked for; one without years needs the year. */
ErrCode run_start_run(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message, Err *err)
{
    const Shans__V1__StartRunRequest *request = (const Shans__V1__StartRunRequest *)message;
    Shans__V1__StartRunReply *reply = (Shans__V1__StartRunReply *)reply_message;
    MethodologyRow stored;
    Methodology *methodology;
    const Methodology *moved;
    RunRow run = {.started_by_id = call->principal->id, .created_ms = call_now_ms(call)};
    ErrCode code = methodology_store_get(call_db(call), request->methodology_code,
                                         request->methodology_version, call->arena, &stored, err);

    if (code == ERR_OK)
        code = methodology_load(stored.compiled, stored.compiled_size, call->arena, &methodology, err);
    if (code == ERR_OK && !methodology->low.on && !methodology->typology.on) {
        err_set(err, ERR_FAILED_PRECONDITION, "METHOD_WITHOUT_CLASSES");
        code = err_arg(err, "code", "%s", stored.code);
    }
    if (code == ERR_OK)
        code = engine_shift_years(methodology, (int)request->year, call->arena, &moved, err);
    if (code == ERR_OK)
        code = under_find(call, request->under, &run.under_id, err);
    if (code != ERR_OK)
        return code;
    run.methodology_code = stored.code;
    run.methodology_version = stored.version;
    run.year = engine_last_year(moved);
    if (run.year == 0)
        run.year = (int)request->year;
    if (run.year == 0) { /* the profile names no years either */
        err_set(err, ERR_INVALID_ARGUMENT, "METHOD_YEAR_MISSING");
        return err_arg(err, "code", "%s", stored.code);
    }
    code = run_store_queue(call_db(call), &run, &run.id, err);
    if (code == ERR_OK)
        code = run_store_get(call_db(call), run.id, call->arena, &run, err);
    call_session(call)->object = "run";
    return code != ERR_OK ? code : run_message_new(call->arena, &run, &reply->run, err);
}

/* The state of one run, for those who wait for it. */
ErrCode run_get_run(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message, Err *err)
{
    const Shans__V1__GetRunRequest *request = (const Shans__V1__GetRunRequest *)message;
    RunRow run;
    ErrCode code = run_store_get(call_db(call), (int64_t)request->id, call->arena, &run, err);

    if (code != ERR_OK)
        return code;
    return run_message_new(call->arena, &run, &((Shans__V1__GetRunReply *)reply_message)->run, err);
}

/* Rows a page has when none is asked for, and at most. */
enum { RUN_PAGE = 50, RUN_PAGE_MAX = 500 };

/* Newest first; the page token is the last id. */
ErrCode run_list_runs(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message, Err *err)
{
    const Shans__V1__ListRunsRequest *request = (const Shans__V1__ListRunsRequest *)message;
    Shans__V1__ListRunsReply *reply = (Shans__V1__ListRunsReply *)reply_message;
    uint32_t limit = page_limit(request->page_size, RUN_PAGE, RUN_PAGE_MAX);
    int64_t before;
    RunRow *rows;
    size_t count;
    ErrCode code = page_id_parse(request->page_token, &before, err);

    if (code == ERR_OK)
        code = run_store_list(call_db(call), before, limit, call->arena, &rows, &count, err);
    if (code != ERR_OK)
        return code;
    reply->runs = MESSAGE_ARRAY(call->arena, count, Shans__V1__Run, shans__v1__run__init);
    if (reply->runs == NULL)
        return err_memory(err);
    reply->n_runs = count;
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = run_message_fill(call->arena, &rows[i], reply->runs[i], err);
    if (code == ERR_OK && count == limit)
        code = page_id_dump(call, rows[count - 1].id, &reply->next_page_token, err);
    return code;
}
