/* The list of traps an import must flag (methods.md 10.2, 10.3 and T-68), and which of them a check found. */
#ifndef COMMON_TRAP_TRAPS_H
#define COMMON_TRAP_TRAPS_H

#include "common/catalog/form_def.h"
#include "common/trap/issue.h"

enum { TRAP_RULES_MAX = 4 };

typedef struct TrapDef {
    const char *id; /* "T-33" */
    TrapSeverity severity;
    const char *rules[TRAP_RULES_MAX]; /* reasons that report it; none: it needs the text of the source */
    Text what;
} TrapDef;

extern const TrapDef traps[];
extern const size_t trap_count;

/* True when no table can show it: it compares the text of a source with its figures. */
bool trap_needs_text(const TrapDef *trap);

/* How many of the issues report the trap. */
size_t trap_find(const TrapDef *trap, const TrapIssue *issues, size_t count);

#endif
