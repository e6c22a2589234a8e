/* The linter of methodology profiles: what makes one impossible to run, and what a methodologist should see
 * before approving it (methods.md 10.1). */
#ifndef SERVER_ENGINE_LINT_H
#define SERVER_ENGINE_LINT_H

#include "common/catalog/methodology.h"

/* LINT_ERROR: the profile has no answer of its own, engine_classify() refuses it. LINT_WARNING: it runs as
 * written, and as written is a known trap: a risk zone without a floor (T-01) is one, so that the literal
 * text of a source can be tried. LINT_INFO: a decision to be aware of. */
typedef enum LintSeverity { LINT_INFO = 1, LINT_WARNING = 2, LINT_ERROR = 3 } LintSeverity;

enum { LINT_ARGS_MAX = 2 };

typedef struct LintArg {
    const char *key; /* a literal */
    int64_t number;
} LintArg;

typedef struct LintFinding {
    const char *code; /* a literal: "RISK_NO_FLOOR" */
    LintSeverity severity;
    size_t arg_count;
    LintArg args[LINT_ARGS_MAX];
} LintFinding;

/* Findings in a fixed order. A profile without findings gives count 0. */
ErrCode engine_lint(const Methodology *methodology, Arena *arena, LintFinding **ret_findings,
                    size_t *ret_count, Err *err) MUST_CHECK;

#endif
