/* Owns MethodService/Explain: from a class to the rule, the procedures, and the submissions they stand in.
 * Invariant: it shows what the run stored, never a fresh calculation. Must not classify. */
#include <string.h>

#include "server/service/class_message.h"
#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/run_message.h"
#include "server/service/service.h"
#include "server/store/store_edition.h"
#include "server/store/store_method.h"
#include "server/store/store_org.h"

/* Cuts the next field off a text, ending it with NUL; NULL at the end. */
static char *next_field(char **cursor, char separator)
{
    char *start = *cursor;

    if (start == NULL)
        return NULL;
    char *end = strchr(start, separator);
    if (end != NULL)
        *end++ = '\0';
    *cursor = end;
    return start;
}

/* How often c stands in the text: the number of lines or fields to allocate for. */
static size_t count_char(const char *text, char c)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += *text == c;
    return count;
}

/* One stored step: rule, held, decides, then keys and values, separated by tabs, as the run's job wrote it. A
 * line that is shorter than it should be gives fewer arguments, never a read beyond it: the text comes from
 * the database, and an older program may have written it. */
static ErrCode fill_rule(Arena *arena, char *line, Shans__V1__RuleReason *to, Err *err)
{
    size_t fields = count_char(line, '\t') + 1, pairs = fields > 3 ? (fields - 3) / 2 : 0;
    char *cursor = line, *key, *value;

    to->rule = next_field(&cursor, '\t');
    char *held = next_field(&cursor, '\t');
    char *decides = next_field(&cursor, '\t');
    to->held = held != NULL && *held == '1';
    to->decides = decides != NULL && *decides == '1';
    to->args = MESSAGE_ARRAY(arena, pairs, Shans__V1__ErrorArg, shans__v1__error_arg__init);
    if (to->args == NULL)
        return err_memory(err);
    while (to->n_args < pairs && (key = next_field(&cursor, '\t')) != NULL &&
           (value = next_field(&cursor, '\t')) != NULL) {
        to->args[to->n_args]->key = key;
        to->args[to->n_args]->value = value;
        to->n_args++;
    }
    return ERR_OK;
}

/* The rules in the order they were tried, from the text the run stored; nothing is computed again here. */
static ErrCode fill_rules(Call *call, const char *rules, Shans__V1__ExplainReply *reply, Err *err)
{
    char *copy = arena_text(call->arena, rules), *cursor = copy, *line;
    size_t count = count_char(rules, '\n');
    ErrCode code = ERR_OK;

    reply->rules = MESSAGE_ARRAY(call->arena, count, Shans__V1__RuleReason, shans__v1__rule_reason__init);
    if (copy == NULL || reply->rules == NULL)
        return err_memory(err);
    while (code == ERR_OK && reply->n_rules < count && (line = next_field(&cursor, '\n')) != NULL)
        code = fill_rule(call->arena, line, reply->rules[reply->n_rules++], err);
    return code;
}

/* One figure: k of n, and the way back to the submission, cell, person and approver it came from. Where a
 * predecessor's figures were added, each origin has an entry of its own. */
static ErrCode fill_procedure(Call *call, const ReasonRow *row, Shans__V1__ProcedureReason *to, Err *err)
{
    to->procedure = (char *)row->procedure;
    to->year = (uint32_t)row->year;
    to->below = row->below;
    to->participants = row->participants;
    to->low = row->low;
    to->risk = row->risk;
    to->reliable = row->reliable;
    to->disputed = row->disputed;
    to->wilson_low_ppm = row->wilson_low_ppm;
    to->wilson_high_ppm = row->wilson_high_ppm;
    to->submission_id = (uint64_t)row->submission_id;
    to->revision = row->revision;
    to->form_code = (char *)row->form_code;
    to->place = arena_printf(call->arena, "results/%s", row->procedure);
    to->submitted_ms = row->submitted_ms;
    to->submitted_by = (char *)row->submitted_by;
    to->accepted_ms = row->accepted_ms;
    to->accepted_by = (char *)row->accepted_by;
    to->origin = (Shans__V1__FigureOrigin)row->source;
    to->origin_school_code = (char *)row->origin_school_code;
    return to->place == NULL ? err_memory(err) : ERR_OK;
}

/* Every procedure the run looked at, also those that were not low. */
static ErrCode fill_procedures(Call *call, ClassSet set, int64_t school_id, Shans__V1__ExplainReply *reply,
                               Err *err)
{
    ReasonRow *rows;
    size_t count;
    ErrCode code = class_store_list_reasons(call_db(call), set, school_id, call->arena, &rows, &count, err);

    if (code != ERR_OK)
        return code;
    reply->procedures =
        MESSAGE_ARRAY(call->arena, count, Shans__V1__ProcedureReason, shans__v1__procedure_reason__init);
    if (reply->procedures == NULL)
        return err_memory(err);
    reply->n_procedures = count;
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = fill_procedure(call, &rows[i], reply->procedures[i], err);
    return code;
}

/* The passport: the run, and the profile with its hash. */
static ErrCode fill_passport(Call *call, ClassSet set, Shans__V1__ExplainReply *reply, Err *err)
{
    EditionRow edition;
    RunRow run;
    MethodologyRow profile;
    ErrCode code;

    if (set.edition_number != 0) {
        code = edition_store_get(call_db(call), set.edition_number, call->arena, &edition, err);
        if (code == ERR_OK)
            run = edition.run;
    } else {
        code = run_store_get(call_db(call), set.run_id, call->arena, &run, err);
    }
    if (code == ERR_OK)
        code = run_message_new(call->arena, &run, &reply->run, err);
    if (code == ERR_OK)
        code = methodology_store_get(call_db(call), run.methodology_code, run.methodology_version,
                                     call->arena, &profile, err);
    return code != ERR_OK ? code : methodology_message_new(call->arena, &profile, &reply->methodology, err);
}

/* Why a school has its class: class, rules, procedures, figures. All of it from what the run stored. */
ErrCode class_explain(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message, Err *err)
{
    const Shans__V1__ExplainRequest *request = (const Shans__V1__ExplainRequest *)message;
    Shans__V1__ExplainReply *reply = (Shans__V1__ExplainReply *)reply_message;
    Shans__V1__SchoolClass **one;
    ClassSet set = {0};
    OrgRow school;
    ClassRow row;
    ErrCode code = class_set_check(call, request->run_id, request->edition_number, &set, err);

    if (code == ERR_OK)
        code = org_store_find(call_db(call), request->school_code, call->arena, &school, err);
    if (code == ERR_OK && !call_sees(call, school.id, school.district_id)) {
        err_set(err, ERR_NOT_FOUND, "ORG_UNKNOWN");
        code = err_arg(err, "code", "%s", request->school_code);
    }
    if (code == ERR_OK)
        code = class_store_get(call_db(call), set, school.id, call->arena, &row, err);
    if (code != ERR_OK)
        return code;
    one = MESSAGE_ARRAY(call->arena, 1, Shans__V1__SchoolClass, shans__v1__school_class__init);
    if (one == NULL)
        return err_memory(err);
    reply->school_class = one[0];
    code = class_message_fill(call, set, &row, one[0], err);
    if (code == ERR_OK)
        code = fill_passport(call, set, reply, err);
    if (code == ERR_OK)
        code = fill_rules(call, row.rules, reply, err);
    if (code == ERR_OK)
        code = fill_procedures(call, set, school.id, reply, err);
    return code;
}
