/* From the text of a rule to its program. The language, lowest binding first:
 *
 *   a or b      a and b      not a
 *   < <= > >= == !=          numbers; == and != also join two truths; comparisons do not chain
 *   + -         * /          unary -
 *   12  3.5  true  false  ( … )
 *   field                    the cell of the row at hand (rules of a section only)
 *   section.field            the cell of a section without rows
 *   section["ROW"].field     the cell of a named row
 *   sum(section.field)       the column; "not applicable" adds nothing, an unknown figure makes it unknown
 *   min(a, b, …)  max(a, b, …)  if(truth, a, b)
 *   is_na(cell)  is_unknown(cell)  is_empty(cell)  is_known(number or truth)
 *   chosen(cell, "code")     the choice cell holds that choice; not known while it holds none
 *   row_starts("VPR.")       the row at hand has a code beginning so (rules of a section only)
 *
 * "==" binds exactly here: a == b and c is (a == b) and c; not a == b is not (a == b).
 *
 * A rule of a section runs once for each row that has an answer; a rule of the form runs once. It is broken
 * only when it is known to be false: a cell without a number, a division by zero or an overflow makes what is
 * computed from it "not known" (common/form/rule.h). So rules need no guards for answers that are missing,
 * and is_na, is_unknown, is_empty and is_known are there for rules about the kind of answer itself.
 *
 * Numbers are exact: 0.1 + 0.2 == 0.3, and a share of 29.97 % is below 30. A decimal cell counts in its own
 * unit (12,5 is 12.5), a choice as its number, a share as per cent.
 *
 * Examples:
 *   participants <= registered
 *       a row with either figure missing or not applicable breaks nothing
 *   mark2 + mark3 + mark4 + mark5 == participants
 *   row_starts("EGE.") or below_min == mark2
 *       for the rows of two exams, but not of the third
 *   is_na(participants) == is_na(below_min)
 *       both or neither; is_na is always known
 *   sum(subjects.vacant_posts) <= totals.vacancies
 *   not chosen(support_group, "at_risk") or wellbeing_group <= 4
 *   if(participants > 0, 100 * below_min / participants, 0) < 30
 *
 * Section and field codes in rules are identifiers: letters, digits, "_". Words and, or, not, true, false are
 * reserved. */
#ifndef COMMON_FORM_RULE_PARSE_H
#define COMMON_FORM_RULE_PARSE_H

#include "common/form/rule.h"

enum { RULE_TEXT_MAX = 4096, RULE_NESTING_MAX = 16 };

/* Recursion is bounded by RULE_NESTING_MAX parentheses or calls inside one another; chains of "not", "-" and
 * of binary operations cost no depth. */

/* Compiles source for form; per_row: cells named alone belong to a row of `section`. The result passes
 * rule_verify. INVALID_ARGUMENT with arguments line, column (from 1) and: RULE_SYNTAX (found, expected),
 * RULE_TYPE (name, expected), RULE_UNKNOWN_NAME (name, nearest), RULE_NEEDS_ROW (name), RULE_NOT_A_CHOICE
 * (name), RULE_NO_SUCH_ROWS (name), RULE_NUMBER_TOO_LONG (name), RULE_TOO_LONG, RULE_TOO_DEEP. */
ErrCode rule_parse(const FormDef *form, bool per_row, uint32_t section, const char *source, Arena *arena,
                   RuleOp **ret_ops, size_t *ret_count, Err *err) MUST_CHECK;

/* True for a code that rules can name: letter or "_", then letters, digits, "_"; no reserved word. */
bool rule_is_name(const char *code);

#endif
