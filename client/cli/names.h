/* Codes of the wire with their labels for people. */
#ifndef CLIENT_CLI_NAMES_H
#define CLIENT_CLI_NAMES_H

#include <stddef.h>

#include "common/core/err.h"

typedef struct Name {
    int number;        /* on the wire; -1 for names that travel as text */
    const char *code;  /* of JSON, CSV and options */
    const char *label; /* msgid */
} Name;

typedef struct NameTable {
    const Name *names;
    size_t count;
} NameTable;

extern const NameTable names_submission_state, names_role, names_org_kind, names_settlement, names_source,
    names_run_state, names_severity, names_operation_state, names_figure_origin, names_status,
    names_public_status, names_typology, names_branch, names_flag, names_group, names_issue_status,
    names_quadrant_state, names_trap_state, names_link_kind, names_school_kind, names_level,
    names_reliability, names_conf_origin, names_event, names_action, names_actor, names_curator_remark,
    names_method, names_document, names_movement, names_agreement, names_delivery_state, names_dispute_state;

/* "" for an unknown number, the code itself for an unknown code: a newer server may send more. */
const char *name_code(const NameTable *table, int number);
const char *name_label(const NameTable *table, int number);
const char *name_label_of(const NameTable *table, const char *code);
/* Codes among the arguments of an error (state, event, role, source) in words, for a sentence. */
void names_put_words(Err *err);
/* 0 when unknown. Letter case of ASCII is ignored. */
int name_parse(const NameTable *table, const char *code);

#endif
