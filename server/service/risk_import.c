/* Owns CollectionService/ImportRiskTables: printed risk tables become risk profiles of the schools they
 * really belong to; everything that does not fit becomes an issue. Invariant: nothing is repaired, nothing
 * copied from another table. Must not judge: server/engine/risk_tables and declared do. */
#include <stdio.h>

#include "common/catalog/methodology.h"
#include "common/core/text.h"
#include "common/trap/risk_tables.h"
#include "server/engine/declared.h"
#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/issue_import.h"
#include "server/service/issue_message.h"
#include "server/service/region_submit.h"
#include "server/service/service.h"

/* The federal list has ten factors. A region has some 1,500 schools with ten rows each: rows and groups
 * beyond these bounds would only cost time. */
enum { RISK_FACTORS = 10, ROWS_MAX = 50000, GROUPS_MAX = 5000 };

/* What the lists of the Sverdlovsk programme say of their schools (methods.md 10.1, T-07 and T-10). */
static const DeclaredGroup declared_groups[] = {
    {"low_results", "UNDERPERFORMING", 0},
    {"low_results_adverse", "DISADVANTAGED", 1},
    {"at_risk", "RESILIENT", 0},
};

/* One import: the call, the request, and the issues found so far. */
typedef struct Import {
    Call *call;
    const Shans__V1__ImportRiskTablesRequest *request;
    IssueImport issues;
    uint32_t profiles;
} Import;

/* A school's profile as cells of the risk form; factors the tables leave out stay without an answer. The
 * engine has checked that factors and bands lie within the form's rows and choices. */
static ErrCode add_profile(Import *import, const FormDef *form, const RiskProfile *profile, Err *err)
{
    Call *call = import->call;
    FormCell cells[RISK_FACTORS];
    char rows[RISK_FACTORS][8];
    RegionSubmitted stored;
    size_t count = 0;

    for (int factor = 1; factor <= RISK_FACTORS; factor++) {
        if (profile->significance[factor - 1] == 0)
            continue;
        snprintf(rows[count], sizeof rows[count], "f%d", factor);
        cells[count] = (FormCell){
            .section = "factors",
            .row = rows[count],
            .field = "significance",
            .value = {VALUE_NUMBER, (int64_t)profile->significance[factor - 1]},
        };
        count++;
    }
    ErrCode code = region_submit(call, form, profile->school, import->request->period,
                                 import->request->document, cells, count, &stored, err);
    import->profiles += code == ERR_OK;
    return code;
}

/* The request as the engine's own types; texts stay where they are. */
static ErrCode gather(Import *import, RiskTables *ret_tables, DeclaredSchool **ret_declared, Err *err)
{
    const Shans__V1__ImportRiskTablesRequest *request = import->request;
    Arena *arena = import->call->arena;
    RiskTableRow *rows = ARENA_NEW(arena, RiskTableRow, request->n_rows);
    RiskMember *members = ARENA_NEW(arena, RiskMember, request->n_groups);
    DeclaredSchool *declared = ARENA_NEW(arena, DeclaredSchool, request->n_groups);

    if (rows == NULL || members == NULL || declared == NULL)
        return err_memory(err);
    if (request->n_rows > ROWS_MAX)
        return issue_import_too_large("rows", request->n_rows, ROWS_MAX, err);
    if (request->n_groups > GROUPS_MAX)
        return issue_import_too_large("groups", request->n_groups, GROUPS_MAX, err);
    for (size_t i = 0; i < request->n_rows; i++) {
        const Shans__V1__RiskRow *row = request->rows[i];
        rows[i] = (RiskTableRow){row->table, row->group, row->school_code, (int)row->factor,
                                 (RiskLevel)row->significance};
    }
    for (size_t i = 0; i < request->n_groups; i++) {
        const Shans__V1__GroupRow *group = request->groups[i];
        members[i] = (RiskMember){group->school_code, group->group};
        declared[i] = (DeclaredSchool){group->school_code, group->group, (int)group->wellbeing_group,
                                       (int)group->quality_group};
    }
    *ret_declared = declared;
    *ret_tables = (RiskTables){rows, request->n_rows, members, request->n_groups, RISK_FACTORS};
    return ERR_OK;
}

/* Declared types against those the methodology gives; without a methodology nothing is compared. */
static ErrCode check_declared(Import *import, const DeclaredSchool *schools, Err *err)
{
    const Catalog *catalog = call_service(import->call)->options.catalog;
    TrapIssue *issues;
    size_t count;

    if (*import->request->methodology == '\0')
        return ERR_OK;
    const Methodology *methodology = catalog_get_methodology(catalog, import->request->methodology, 0);
    if (methodology == NULL) {
        err_set(err, ERR_NOT_FOUND, "METHODOLOGY_UNKNOWN");
        err_arg(err, "code", "%s", import->request->methodology);
        return err_arg(err, "version", "0");
    }
    ErrCode code = declared_check(&methodology->typology, declared_groups,
                                  sizeof declared_groups / sizeof *declared_groups, schools,
                                  import->request->n_groups, import->call->arena, &issues, &count, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = issue_import_add(&import->issues, &issues[i], err);
    return code;
}

/* Profiles and issues: a flagged row is stored as printed, never silently repaired. */
static ErrCode store_report(Import *import, const RiskReport *report, Err *err)
{
    const FormDef *form =
        catalog_get_form(call_service(import->call)->options.catalog, "risk_self_assessment", 0);
    ErrCode code = ERR_OK;

    if (form == NULL) {
        err_set(err, ERR_NOT_FOUND, "FORM_UNKNOWN");
        return err_arg(err, "form", "risk_self_assessment");
    }
    for (size_t i = 0; i < report->issue_count && code == ERR_OK; i++)
        code = issue_import_add(&import->issues, &report->issues[i], err);
    for (size_t i = 0; i < report->profile_count && code == ERR_OK; i++)
        code = add_profile(import, form, &report->profiles[i], err);
    return code;
}

/* Printed risk tables, cross-checked against each other and against the official groups. */
ErrCode collection_import_risk_tables(Call *call, const ProtobufCMessage *message,
                                      ProtobufCMessage *reply_message, Err *err)
{
    Shans__V1__ImportRiskTablesReply *reply = (Shans__V1__ImportRiskTablesReply *)reply_message;
    Import import = {
        .call = call,
        .request = (const Shans__V1__ImportRiskTablesRequest *)message,
    };
    RiskTables tables;
    RiskReport report;
    DeclaredSchool *declared = NULL;
    int year;
    ErrCode code = period_check(import.request->period, PERIOD_SCHOOL_YEAR, &year, err);

    if (code == ERR_OK)
        code = issue_import_init(&import.issues, call, import.request->document, err);
    if (code == ERR_OK)
        code = gather(&import, &tables, &declared, err);
    if (code == ERR_OK)
        code = risk_tables_check(&tables, call->arena, &report, err);
    if (code == ERR_OK)
        code = store_report(&import, &report, err);
    if (code == ERR_OK)
        code = check_declared(&import, declared, err);
    if (code == ERR_OK)
        code = issue_messages(call->arena, import.issues.rows, import.issues.count, &reply->issues, err);
    if (code != ERR_OK)
        return code;
    reply->n_issues = import.issues.count;
    reply->profiles_stored = import.profiles;
    call_session(call)->dry_run = import.request->dry_run;
    call_session(call)->object = "risk_tables";
    return ERR_OK;
}
