/* Owns the methodology part of MethodService: stored profiles, their compiled bytes, the linter's findings.
 * Invariant: a profile with structural errors is never stored. Must not change a stored profile. */
#include "common/catalog/methodology.h"

#include "common/crypto/crypto.h"
#include "server/engine/lint.h"
#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/run_message.h"
#include "server/service/service.h"

/* Head data alone; the compiled bytes travel only when one methodology is asked for. */
static ErrCode fill_methodology(Arena *arena, const MethodologyRow *row, Shans__V1__Methodology *to, Err *err)
{
    char hash[CRYPTO_HASH_TEXT_SIZE];

    crypto_hex(row->hash, CRYPTO_HASH_SIZE, hash);
    to->code = (char *)row->code;
    to->version = row->version;
    to->title_ru = (char *)row->title_ru;
    to->title_en = (char *)row->title_en;
    to->hash = arena_text(arena, hash);
    to->used = row->used;
    to->stored_ms = row->stored_ms;
    return to->hash == NULL ? err_memory(err) : ERR_OK;
}

/* Every version of every methodology, whether a run used it included: used ones are immutable. */
ErrCode method_list_methodologies(Call *call, const ProtobufCMessage *message,
                                  ProtobufCMessage *reply_message, Err *err)
{
    Shans__V1__ListMethodologiesReply *reply = (Shans__V1__ListMethodologiesReply *)reply_message;
    MethodologyRow *rows;
    size_t count;
    ErrCode code = methodology_store_list(call_db(call), call->arena, &rows, &count, err);

    (void)message;
    if (code != ERR_OK)
        return code;
    reply->methodologies =
        MESSAGE_ARRAY(call->arena, count, Shans__V1__Methodology, shans__v1__methodology__init);
    if (reply->methodologies == NULL)
        return err_memory(err);
    reply->n_methodologies = count;
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = fill_methodology(call->arena, &rows[i], reply->methodologies[i], err);
    return code;
}

/* One methodology in a message of the arena. */
ErrCode methodology_message_new(Arena *arena, const MethodologyRow *row, Shans__V1__Methodology **ret,
                                Err *err)
{
    Shans__V1__Methodology **one =
        MESSAGE_ARRAY(arena, 1, Shans__V1__Methodology, shans__v1__methodology__init);

    if (one == NULL)
        return err_memory(err);
    *ret = one[0];
    return fill_methodology(arena, row, one[0], err);
}

/* One version with its compiled bytes; version 0 is the newest. */
ErrCode method_get_methodology(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                               Err *err)
{
    const Shans__V1__GetMethodologyRequest *request = (const Shans__V1__GetMethodologyRequest *)message;
    Shans__V1__GetMethodologyReply *reply = (Shans__V1__GetMethodologyReply *)reply_message;
    MethodologyRow row;
    ErrCode code =
        methodology_store_get(call_db(call), request->code, request->version, call->arena, &row, err);

    if (code != ERR_OK)
        return code;
    reply->compiled = (ProtobufCBinaryData){row.compiled_size, (uint8_t *)row.compiled};
    return methodology_message_new(call->arena, &row, &reply->methodology, err);
}

/* The linter's findings as field issues; ret_errors counts those that forbid a run. */
static ErrCode fill_findings(Call *call, const Methodology *methodology,
                             Shans__V1__PutMethodologyReply *reply, size_t *ret_errors, Err *err)
{
    LintFinding *findings;
    size_t count;
    ErrCode code = engine_lint(methodology, call->arena, &findings, &count, err);

    if (code != ERR_OK)
        return code;
    *ret_errors = 0;
    reply->findings = MESSAGE_ARRAY(call->arena, count, Shans__V1__FieldIssue, shans__v1__field_issue__init);
    if (reply->findings == NULL)
        return err_memory(err);
    reply->n_findings = count;
    for (size_t i = 0; i < count; i++) {
        const LintFinding *finding = &findings[i];
        Shans__V1__FieldIssue *issue = reply->findings[i];
        issue->reason = (char *)finding->code;
        issue->severity = (Shans__V1__Severity)finding->severity;
        issue->args =
            MESSAGE_ARRAY(call->arena, finding->arg_count, Shans__V1__ErrorArg, shans__v1__error_arg__init);
        if (issue->args == NULL)
            return err_memory(err);
        issue->n_args = finding->arg_count;
        for (size_t j = 0; j < finding->arg_count; j++) {
            issue->args[j]->key = (char *)finding->args[j].key;
            issue->args[j]->value = arena_printf(call->arena, "%lld", (long long)finding->args[j].number);
            if (issue->args[j]->value == NULL)
                return err_memory(err);
        }
        if (finding->severity == LINT_ERROR) {
            call_add_issue(call, "methodology", finding->code, SHANS__V1__SEVERITY__SEVERITY_ERROR);
            *ret_errors += 1;
        }
    }
    return ERR_OK;
}

/* Stores a compiled methodology after the lint; bytes with errors are answered with the findings and not
 * stored. */
ErrCode method_put_methodology(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                               Err *err)
{
    const Shans__V1__PutMethodologyRequest *request = (const Shans__V1__PutMethodologyRequest *)message;
    Shans__V1__PutMethodologyReply *reply = (Shans__V1__PutMethodologyReply *)reply_message;
    Methodology *methodology;
    uint8_t hash[CRYPTO_HASH_SIZE];
    size_t errors;
    bool added;
    ErrCode code =
        methodology_load(request->compiled.data, request->compiled.len, call->arena, &methodology, err);

    if (code == ERR_OK)
        code = fill_findings(call, methodology, reply, &errors, err);
    if (code != ERR_OK)
        return code;
    /* the findings go back with the refusal, by place */
    if (errors > 0) {
        err_set(err, ERR_FAILED_PRECONDITION, "METHOD_LINT");
        return err_arg(err, "code", "%s", call->issues->message.reason);
    }
    crypto_hash(request->compiled.data, request->compiled.len, hash);
    MethodologyRow row = {
        .code = methodology->code,
        .version = methodology->version,
        .hash = hash,
        .compiled = request->compiled.data,
        .compiled_size = request->compiled.len,
        .title_ru = methodology->title.ru,
        .title_en = methodology->title.en,
        .stored_ms = call_now_ms(call),
        .stored_by = call->principal->id,
    };
    code = methodology_store_put(call_db(call), &row, &added, err);
    /* The very same bytes were there: the answer is about the stored one, with its age and use. */
    if (code == ERR_OK && !added)
        code = methodology_store_get(call_db(call), row.code, row.version, call->arena, &row, err);
    call_session(call)->dry_run = request->dry_run;
    call_session(call)->object = methodology->code;
    if (code != ERR_OK)
        return code;
    return methodology_message_new(call->arena, &row, &reply->methodology, err);
}
