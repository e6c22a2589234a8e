/* From YAML definitions to the flat compiled catalogue. Every fault names the file, the line where it can be
 * found, the key and what to do; unknown keys are faults. The output depends on the files' names and contents
 * alone. */
#ifndef CLIENT_COMPILE_COMPILE_H
#define CLIENT_COMPILE_COMPILE_H

#include "common/catalog/factors.h"
#include "common/catalog/methodology.h"
#include "common/core/buf.h"

/* Compiles dir/forms, dir/methodologies and dir/factors (every *.yaml, in the order of their names; a folder
 * may be absent) and appends a catalogue ("SHC1") to out. Two definitions of one code and version are
 * refused.
 */
ErrCode compile_folder(const char *dir, Buf *out, Err *err) MUST_CHECK;

/* Compiles one methodology and appends it alone ("SHM1") to out: what PutMethodology carries. */
ErrCode compile_methodology_file(const char *path, Buf *out, Err *err) MUST_CHECK;

/* The same from text; name stands for the file in messages. Results live in the arena.
 * Faults: YAML_INVALID, DEF_BAD_CODE, DEF_BAD_VALUE, DEF_DUPLICATE, DEF_UNKNOWN_NAME, DEF_SHARE_UNKNOWN,
 * DEF_EMPTY, RULE_*, METHOD_*. */
ErrCode compile_form_text(const char *name, const char *text, size_t size, Arena *arena, FormDef *ret_form,
                          Err *err) MUST_CHECK;
ErrCode compile_methodology_text(const char *name, const char *text, size_t size, Arena *arena,
                                 Methodology *ret_methodology, Err *err) MUST_CHECK;
ErrCode compile_factors_text(const char *name, const char *text, size_t size, Arena *arena,
                             FactorDict *ret_dict, Err *err) MUST_CHECK;

#endif
