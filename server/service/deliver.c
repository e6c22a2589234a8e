/* Owns DeliveryService/Deliver: figures the ministry imports together with the document they stand in.
 * Invariant: all of a request or none of it, through the same checks, states and revisions as any submission.
 * Must not change a printed type: what the rule gives instead is an issue. */
#include "common/core/text.h"
#include "server/engine/declared.h"
#include "server/service/convert.h"
#include "server/service/group_message.h"
#include "server/service/handlers.h"
#include "server/service/issue_import.h"
#include "server/service/issue_message.h"
#include "server/service/region_submit.h"
#include "server/service/service.h"
#include "server/service/submit_check.h"
#include "shans/v1/delivery.pb-c.h"

/* A file beyond this is sent in parts. */
enum { DELIVERIES_MAX = 2000 };

/* Types as an identification prints them: each is declared by its own name. */
static const DeclaredGroup printed_types[] = {
    {"DISADVANTAGED", "DISADVANTAGED", 0},
    {"RESILIENT", "RESILIENT", 0},
    {"UNDERPERFORMING", "UNDERPERFORMING", 0},
    {"CONDITIONAL", "CONDITIONAL", 0},
    {"WELL", "WELL", 0},
};

typedef struct Delivering {
    Call *call;
    const Shans__V1__DeliverRequest *request;
    Shans__V1__DeliverReply *reply;
    const FormDef *form;
    const char *document; /* as one line */
    int64_t document_id;
    DeclaredSchool *declared;   /* of the deliveries, when they are identifications */
    RegionSubmitted *submitted; /* per delivery */
} Delivering;

/* The number of a cell, 0 when it holds none. */
static int64_t number_of(const SubmitCells *cells, const char *field)
{
    for (size_t i = 0; i < cells->count; i++)
        if (text_equal(cells->cells[i].field, field) && cells->cells[i].value.kind == VALUE_NUMBER)
            return cells->cells[i].value.number;
    return 0;
}

/* The code of the type printed; "" when none is. */
static const char *printed_type(const FormDef *form, const SubmitCells *cells)
{
    const SectionDef *section = form_get_section(form, "groups");
    const FieldDef *field = section == NULL ? NULL : section_get_field(section, "declared_typology");
    int64_t number = number_of(cells, "declared_typology");

    for (size_t i = 0; field != NULL && i < field->choice_count; i++)
        if (field->choices[i].number == number)
            return field->choices[i].code;
    return "";
}

/* One school's figures: the form's own checks, then stored, then bound to the document. */
static ErrCode deliver_one(Delivering *delivering, size_t at, Err *err)
{
    Call *call = delivering->call;
    const Shans__V1__Delivery *delivery = delivering->request->deliveries[at];
    Shans__V1__SubmitRequest submit = SHANS__V1__SUBMIT_REQUEST__INIT;
    RegionSubmitted *stored = &delivering->submitted[at];
    SubmitCells cells;
    int year;
    ErrCode code = period_check(delivery->period, delivering->form->period_kind, &year, err);

    submit.school_code = delivery->school_code;
    submit.period = delivery->period;
    submit.n_cells = delivery->n_cells;
    submit.cells = delivery->cells;
    if (code == ERR_OK)
        code = submit_check_cells(call, delivering->form, &submit, NULL, &cells, err);
    if (code == ERR_OK)
        code = region_submit(call, delivering->form, delivery->school_code, delivery->period,
                             delivering->request->origin, cells.cells, cells.count, stored, err);
    if (code != ERR_OK)
        return err_arg(err, "school", "%s", delivery->school_code);
    delivering->declared[at] =
        (DeclaredSchool){delivery->school_code, printed_type(delivering->form, &cells),
                         (int)number_of(&cells, "wellbeing_group"), (int)number_of(&cells, "quality_group")};
    delivering->reply->stored += stored->changed;
    delivering->reply->unchanged += !stored->changed;
    DocumentBinding binding = {
        .document_id = delivering->document_id,
        .submission_id = stored->submission_id,
        .school_id = stored->school_id,
        .district_id = stored->district_id,
        .revision = stored->revision,
        .profile = delivering->request->methodology,
    };
    return document_store_bind(call_db(call), &binding, err);
}

/* The printed type against rule(i, q) of the methodology named (methods.md D16). */
static ErrCode check_types(Delivering *delivering, Err *err)
{
    const Shans__V1__DeliverRequest *request = delivering->request;
    Call *call = delivering->call;
    TrapIssue *issues;
    IssueImport found;
    size_t count = 0;

    if (*request->methodology == '\0')
        return ERR_OK;
    const Methodology *methodology =
        catalog_get_methodology(call_service(call)->options.catalog, request->methodology, 0);
    if (methodology == NULL) {
        err_set(err, ERR_NOT_FOUND, "METHODOLOGY_UNKNOWN");
        err_arg(err, "code", "%s", request->methodology);
        return err_arg(err, "version", "0");
    }
    ErrCode code =
        declared_check(&methodology->typology, printed_types, sizeof printed_types / sizeof *printed_types,
                       delivering->declared, request->n_deliveries, call->arena, &issues, &count, err);
    if (code == ERR_OK)
        code = issue_import_init(&found, call, delivering->document, err);
    for (size_t i = 0; code == ERR_OK && i < count; i++)
        code = issue_import_add(&found, &issues[i], err);
    if (code == ERR_OK)
        code = issue_messages(call->arena, found.rows, found.count, &delivering->reply->issues, err);
    if (code == ERR_OK)
        delivering->reply->n_issues = found.count;
    return code;
}

/* The form the ministry may import, and the document everything rests on. */
static ErrCode prepare(Delivering *delivering, Err *err)
{
    const Shans__V1__DeliverRequest *request = delivering->request;
    Call *call = delivering->call;
    Shans__V1__SubmitRequest form = SHANS__V1__SUBMIT_REQUEST__INIT;
    DocumentRow document = document_row(request->document);
    bool approves;

    form.form_code = request->form_code;
    form.form_version = request->form_version;
    ErrCode code = submit_find_form(call_service(call)->options.catalog, &form, &delivering->form, err);
    if (code == ERR_OK && !delivering->form->by_region) {
        err_set(err, ERR_PERMISSION_DENIED, "SOURCE_FORBIDDEN");
        code = err_arg(err, "form", "%s", request->form_code);
    }
    if (code == ERR_OK && (request->n_deliveries == 0 || request->n_deliveries > DELIVERIES_MAX)) {
        err_set(err, ERR_INVALID_ARGUMENT, "IMPORT_TOO_LARGE");
        err_arg(err, "count", "%zu", request->n_deliveries);
        code = err_arg(err, "limit", "%d", DELIVERIES_MAX);
    }
    if (code == ERR_OK)
        code = document_store_put(call_db(call), &document, &delivering->document_id, &approves, err);
    if (code != ERR_OK)
        return code;
    delivering->document = arena_printf(call->arena, "%s %s %s %s", document.kind, document.number,
                                        document.on_date, document.issuer);
    delivering->declared = ARENA_NEW(call->arena, DeclaredSchool, request->n_deliveries);
    delivering->submitted = ARENA_NEW(call->arena, RegionSubmitted, request->n_deliveries);
    if (delivering->document == NULL || delivering->declared == NULL || delivering->submitted == NULL)
        return err_memory(err);
    return ERR_OK;
}

/* Document, figures, types. The figures of one school that fail refuse the whole request: a file half
 * delivered would have to be searched for what is missing. */
ErrCode delivery_deliver(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                         Err *err)
{
    Delivering delivering = {
        .call = call,
        .request = (const Shans__V1__DeliverRequest *)message,
        .reply = (Shans__V1__DeliverReply *)reply_message,
    };
    ErrCode code = prepare(&delivering, err);

    for (size_t i = 0; code == ERR_OK && i < delivering.request->n_deliveries; i++)
        code = deliver_one(&delivering, i, err);
    if (code == ERR_OK)
        code = check_types(&delivering, err);
    call_session(call)->object = "deliveries";
    call_session(call)->dry_run = delivering.request->dry_run;
    return code;
}
