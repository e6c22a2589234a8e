/* From YAML definitions to the flat compiled catalogue. Every fault names the file, the line where it can be
 * found, the key and what to do; unknown keys are faults. The output depends on the files' names and contents
 * alone. */
/* Steps: the YAML is read by one schema for each kind (compile_yaml.c), turned into a definition whose codes,
 * names, limits and rules are checked (compile_form.c, compile_method.c), packed, and loaded once more, so
 * that what compiles here is what a server accepts. Whether a methodology is wise is the linter's question.
 */
#ifndef CLIENT_COMPILE_COMPILE_H
#define CLIENT_COMPILE_COMPILE_H

#include "common/catalog/factors.h"
#include "common/catalog/methodology.h"
#include "common/core/buf.h"

/* Compiles dir/forms, dir/methodologies and dir/factors (every *.yaml, in the order of their names; a folder
 * may be absent, names beginning with a point are passed over) and appends a catalogue ("SHC1") to out; on a
 * fault out stays as it is. Two definitions of one code and version: DEF_TWICE (first, file, value). A file
 * or folder that cannot be read: NOT_FOUND / DEFINITION_UNREADABLE (file, what). */
ErrCode compile_folder(const char *dir, Buf *out, Err *err) MUST_CHECK;

/* Compiles one methodology and appends it alone ("SHM1") to out: what PutMethodology carries. */
ErrCode compile_methodology_file(const char *path, Buf *out, Err *err) MUST_CHECK;

/* The same from text; name stands for the file in messages. Results live in the arena and borrow nothing from
 * the text. Faults are INVALID_ARGUMENT, with arguments file and, where it is known, line ("?" where not):
 *   YAML_INVALID   no YAML, unknown or missing key, wrong kind of value (what)
 *   DEF_BAD_CODE, DEF_BAD_NAME, DEF_DUPLICATE, DEF_VERSION, DEF_FACTOR_ORDER  (key, value)
 *   DEF_BAD_VALUE  not one of the words or numbers allowed (key, value, allowed)
 *   DEF_UNKNOWN_NAME, DEF_SHARE_UNKNOWN, DEF_SHARE_PARTS, DEF_CHOICES, DEF_SCALE, DEF_LIMITS  (key, value)
 *   RULE_*         of rule_parse, with rule; line and column count inside the rule
 *   METHOD_BANDS_OVERLAP (first, second, wellbeing, quality), METHOD_CELL_UNCOVERED (wellbeing, quality),
 *   METHOD_PROCEDURE, METHOD_TOO_MANY, METHOD_EMPTY  (key, value)
 * MEMORY_LIMIT when the arena is full. */
ErrCode compile_form_text(const char *name, const char *text, size_t size, Arena *arena, FormDef *ret_form,
                          Err *err) MUST_CHECK;
ErrCode compile_methodology_text(const char *name, const char *text, size_t size, Arena *arena,
                                 Methodology *ret_methodology, Err *err) MUST_CHECK;
ErrCode compile_factors_text(const char *name, const char *text, size_t size, Arena *arena,
                             FactorDict *ret_dict, Err *err) MUST_CHECK;

#endif
