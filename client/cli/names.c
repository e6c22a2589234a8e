/* Owns the words people see for the codes of the wire. Invariant: codes never change, labels may.
 * Must not contain words that blame a school. */
#include "client/cli/names.h"

#include <strings.h>

#include "common/base/i18n.h"
#include "common/core/text.h"

#define TABLE(name, ...)                                                                                     \
    static const Name name##_rows[] = {__VA_ARGS__};                                                         \
    const NameTable name = {name##_rows, sizeof name##_rows / sizeof name##_rows[0]}

/* A submission's way: people know these words from the systems they use. */
TABLE(names_submission_state, {1, "draft", MARK_("draft")}, {2, "ready", MARK_("ready")},
      {3, "submitted", MARK_("submitted")}, {4, "returned", MARK_("returned for correction")},
      {5, "accepted", MARK_("accepted")}, {6, "superseded", MARK_("superseded")},
      {7, "withdrawn", MARK_("withdrawn")});
/* Who signs in. */
TABLE(names_role, {1, "school_editor", MARK_("school, data entry")},
      {2, "school_head", MARK_("head of school")}, {3, "district_coordinator", MARK_("district coordinator")},
      {4, "ministry_analyst", MARK_("ministry analyst")}, {5, "methodologist", MARK_("methodologist")},
      {6, "administrator", MARK_("administrator")}, {7, "auditor", MARK_("auditor")},
      {8, "curator", MARK_("curator")});
/* As in the files of organisations. */
TABLE(names_org_kind, {1, "region", MARK_("region")}, {2, "district", MARK_("district")},
      {3, "school", MARK_("school")}, {4, "centre", MARK_("centre")});
/* Of schools only. */
TABLE(names_settlement, {1, "urban", MARK_("urban")}, {2, "rural", MARK_("rural")});
/* Who entered the figures of a submission. */
TABLE(names_source, {1, "school", MARK_("school")}, {2, "district", MARK_("district")},
      {3, "region", MARK_("region")});
/* A run is never half done. */
TABLE(names_run_state, {1, "queued", MARK_("queued")}, {2, "done", MARK_("done")},
      {3, "failed", MARK_("failed")});
/* Only errors stop anything. */
TABLE(names_severity, {1, "info", MARK_("remark")}, {2, "warning", MARK_("warning")},
      {3, "error", MARK_("error")});
/* What waits on this machine; not the submission's state. */
TABLE(names_operation_state, {1, "queued", MARK_("waits")}, {2, "sending", MARK_("is being sent")},
      {3, "done", MARK_("delivered")}, {4, "parked", MARK_("refused, needs attention")},
      {5, "dismissed", MARK_("refused and given up")});
/* Who entered the figures a class rests on. */
TABLE(names_figure_origin, {1, "school", MARK_("school")}, {2, "district", MARK_("district")},
      {3, "region", MARK_("region")});
/* Computed by a rule: not a decision about the school. */
TABLE(names_status, {-1, "LISTED", MARK_("low results")}, {-1, "RISK", MARK_("risk zone")},
      {-1, "NOT_LISTED", MARK_("not listed")}, {-1, "NO_DATA", MARK_("no data")},
      {-1, "BLOCKED", MARK_("not enough data")}, {-1, "NOT_APPLICABLE", MARK_("rule does not apply")},
      {-1, "IMPORT_ERRORS", MARK_("waits: import errors are open")});
/* Columns of the public's table. */
TABLE(names_public_status, {-1, "LISTED", MARK_("low results")}, {-1, "RISK", MARK_("risk zone")},
      {-1, "NOT_LISTED", MARK_("not listed")}, {-1, "OTHER", MARK_("no data or not applicable")});
/* The source's own words stand in quotation marks. */
TABLE(names_typology, {-1, "DISADVANTAGED", MARK_("“disadvantaged”")}, {-1, "RESILIENT", MARK_("resilient")},
      {-1, "UNDERPERFORMING", MARK_("“underperforming”")},
      {-1, "CONDITIONAL", MARK_("conditionally well-off")}, {-1, "WELL", MARK_("well-off")});
/* Which way of the rule held. */
TABLE(names_branch, {-1, "A", MARK_("A: several procedures in one year")},
      {-1, "B", MARK_("B: both years of the pair")}, {-1, "B_ANY", MARK_("B, any procedure")},
      {-1, "B_SAME", MARK_("B, the same procedure")}, {-1, "RISK_A", MARK_("risk zone by A")},
      {-1, "RISK_B", MARK_("risk zone by B")}, {-1, "RANK", MARK_("by rank")});
/* What to know before relying on a class. */
TABLE(names_flag, {-1, "ONE_YEAR_ONLY", MARK_("figures of one year only")},
      {-1, "UNRELIABLE", MARK_("few participants")}, {-1, "PREDECESSOR", MARK_("with an absorbed school")},
      {-1, "SOURCES_DIFFER", MARK_("sources differ")},
      {-1, "INCOMPLETE", MARK_("procedures without figures")},
      {-1, "DISPUTED", MARK_("the school disputes a figure")});
/* Groups of the official lists. */
TABLE(names_group, {-1, "low_results", MARK_("low results")},
      {-1, "low_results_adverse", MARK_("low results, adverse conditions")},
      {-1, "at_risk", MARK_("risk zone")}, {-1, "none", MARK_("none")},
      {-1, "LISTED", MARK_("on the list, group not stated")});
/* What became of a finding. */
TABLE(names_issue_status, {-1, "open", MARK_("open")}, {-1, "accepted", MARK_("accepted")},
      {-1, "corrected", MARK_("corrected")}, {-1, "rejected", MARK_("rejected")});
/* Of a known trap in the tables of a source. */
TABLE(names_trap_state, {-1, "found", MARK_("found")}, {-1, "not_found", MARK_("not found")},
      {-1, "needs_text", MARK_("not found: needs the text")});
/* How one organisation follows another. */
TABLE(names_link_kind, {-1, "absorbed", MARK_("absorbed")}, {-1, "merged", MARK_("merged")},
      {-1, "split", MARK_("split")}, {-1, "renamed", MARK_("renamed")});
/* Of a school in quadrant pictures. */
TABLE(names_quadrant_state, {1, "placed", MARK_("placed")}, {2, "no_data", MARK_("not enough figures")},
      {3, "excluded", MARK_("left out by its kind")});
/* Of schools; a region may have more. */
TABLE(names_school_kind, {-1, "nosh", MARK_("primary school")}, {-1, "osh", MARK_("basic school")},
      {-1, "sosh", MARK_("secondary school")}, {-1, "gymnasium", MARK_("gymnasium")},
      {-1, "lyceum", MARK_("lyceum")}, {-1, "boarding", MARK_("boarding school")},
      {-1, "evening", MARK_("evening school")}, {-1, "correctional", MARK_("special needs school")},
      {-1, "cadet", MARK_("cadet school")}, {-1, "private", MARK_("private school")});
/* Of a class, by the number of participants. */
TABLE(names_reliability, {-1, "NORMAL", MARK_("normal")}, {-1, "LOW", MARK_("low: few participants")});
/* Significance of a risk factor. */
TABLE(names_level, {1, "low", MARK_("low")}, {2, "medium", MARK_("medium")}, {3, "high", MARK_("high")});

/* Where a configuration value comes from; a file is named by its path. */
TABLE(names_conf_origin, {-1, "default", MARK_("default")}, {-1, "environment", MARK_("environment")},
      {-1, "flag", MARK_("command line")});

/* What was done to a submission. */
TABLE(names_event, {-1, "SUBMIT", MARK_("sent")}, {-1, "RETURN", MARK_("returned")},
      {-1, "ACCEPT", MARK_("accepted")}, {-1, "WITHDRAW", MARK_("withdrawn")},
      {-1, "SUPERSEDE", MARK_("superseded")});

/* The same as something to do. */
TABLE(names_action, {-1, "SUBMIT", MARK_("send")}, {-1, "RETURN", MARK_("return")},
      {-1, "ACCEPT", MARK_("accept")}, {-1, "WITHDRAW", MARK_("withdraw")},
      {-1, "SUPERSEDE", MARK_("replace")});
/* Roles as the rules of the lifecycle name them. */
TABLE(names_actor, {-1, "editor", MARK_("school, data entry")}, {-1, "head", MARK_("head of school")},
      {-1, "coordinator", MARK_("district coordinator")}, {-1, "analyst", MARK_("ministry analyst")});

/* What a list or a delivery rests on; the first three approve. */
TABLE(names_document, {-1, "order", MARK_("order")}, {-1, "directive", MARK_("directive")},
      {-1, "decree", MARK_("decree")}, {-1, "letter", MARK_("letter")}, {-1, "programme", MARK_("programme")},
      {-1, "report", MARK_("report")}, {-1, "other", MARK_("document")});
/* From one official list to the next. */
TABLE(names_movement, {1, "entered", MARK_("entered")}, {2, "stayed", MARK_("stayed")},
      {3, "left", MARK_("left")}, {4, "outside", MARK_("not in the list")});
/* The official list against a run. */
TABLE(names_agreement, {-1, "BOTH", MARK_("both")}, {-1, "THEIRS_ONLY", MARK_("official list only")},
      {-1, "OURS_ONLY", MARK_("computed only")}, {-1, "NEITHER", MARK_("neither")});
/* What the school said of figures delivered to it. */
TABLE(names_delivery_state, {1, "awaiting", MARK_("to be confirmed")}, {2, "confirmed", MARK_("confirmed")},
      {3, "disputed", MARK_("disputed")});
/* What became of an objection. */
TABLE(names_dispute_state, {1, "open", MARK_("under consideration")},
      {2, "upheld", MARK_("upheld, to be corrected")}, {3, "rejected", MARK_("rejected")},
      {4, "withdrawn", MARK_("taken back")}, {5, "corrected", MARK_("corrected")});
/* What to know about an assignment that was made all the same. */
TABLE(names_curator_remark, {-1, "CURATOR_LOAD", MARK_("looks after more than three schools at a time")},
      {-1, "CURATOR_SECOND", MARK_("the school had another curator in this school year")});
/* What methods show or change; any other is named as it is. */
TABLE(names_method, {-1, "ListSubmissions", MARK_("list of submissions")},
      {-1, "GetSubmission", MARK_("submission")}, {-1, "ListIssues", MARK_("findings")},
      {-1, "ListClasses", MARK_("classes")}, {-1, "Explain", MARK_("explanation")},
      {-1, "GetMatrix", MARK_("matrix")}, {-1, "Submit", MARK_("sending figures")},
      {-1, "Review", MARK_("review")}, {-1, "ImportOrgs", MARK_("organisations")},
      {-1, "ImportRiskTables", MARK_("risk tables")}, {-1, "PutMethodology", MARK_("methodology")},
      {-1, "StartRun", MARK_("run")}, {-1, "PublishEdition", MARK_("edition")},
      {-1, "AddAccount", MARK_("new account")}, {-1, "SetAccountBlocked", MARK_("blocking of an account")},
      {-1, "IssueToken", MARK_("new token")}, {-1, "RevokeToken", MARK_("revoked token")},
      {-1, "AssignCurator", MARK_("curator")}, {-1, "EndCurator", MARK_("end of a curator's assignment")});

/* Tables are short; a search is enough. */
static const Name *find(const NameTable *table, int number)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->names[i].number == number)
            return &table->names[i];
    return NULL;
}

/* For programs. */
const char *name_code(const NameTable *table, int number)
{
    const Name *name = find(table, number);

    return name == NULL ? "" : name->code;
}

/* For people. */
const char *name_label(const NameTable *table, int number)
{
    const Name *name = find(table, number);

    return name == NULL ? "" : _(name->label);
}

/* A code of a newer server is shown as it is. */
const char *name_label_of(const NameTable *table, const char *code)
{
    for (size_t i = 0; i < table->count; i++)
        if (text_equal(table->names[i].code, code))
            return _(table->names[i].label);
    return code;
}

/* What people type as an option or in a file. */
int name_parse(const NameTable *table, const char *code)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcasecmp(table->names[i].code, code) == 0)
            return table->names[i].number;
    return 0;
}

/* The argument is replaced in place: a sentence looks its value up by the key. */
void names_put_words(Err *err)
{
    static const struct {
        const char *key;
        const NameTable *table;
    } rows[] = {{"state", &names_submission_state},
                {"event", &names_action},
                {"role", &names_actor},
                {"source", &names_source}};

    for (size_t i = 0; i < err->arg_count; i++)
        for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
            if (!text_equal(err->args[i].key, rows[k].key))
                continue;
            for (size_t n = 0; n < rows[k].table->count; n++) {
                const Name *name = &rows[k].table->names[n];
                if (strcasecmp(name->code, err->args[i].value) == 0) {
                    text_copy(err->args[i].value, sizeof err->args[i].value, _(name->label));
                    break;
                }
            }
        }
}
