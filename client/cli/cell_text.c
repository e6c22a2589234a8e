/* Owns cells as people name them. Invariant: an address is one of the form, a value one the field takes.
 * Must not change anything. */
#include "client/cli/cell_text.h"

#include <string.h>

#include "client/cli/cli.h"

/* "section/row/field=value"; a section without rows may be written "section/field=value". */
ErrCode cell_parse(Cli *cli, const FormDef *form, const char *text, FormCell *ret, Err *err)
{
    char *copy = arena_text(cli->arena, text);
    if (copy == NULL)
        return err_memory(err);
    char *value = strchr(copy, '='), *first = strchr(copy, '/');
    char *second = first == NULL ? NULL : strchr(first + 1, '/');
    if (value == NULL || first == NULL || first > value) {
        err_set(err, ERR_INVALID_ARGUMENT, "USAGE_CELL");
        return err_arg(err, "word", "%s", text);
    }
    *value++ = '\0';
    *first++ = '\0';
    if (second == NULL || second >= value) {
        second = first;
        first = value - 1; /* an empty row code */
    } else {
        *second++ = '\0';
    }
    *ret = (FormCell){copy, first, second, {VALUE_EMPTY, 0}};
    const SectionDef *section = form_get_section(form, copy);
    const FieldDef *field = section == NULL ? NULL : section_get_field(section, second);
    if (field == NULL || section_get_row(section, first) == NULL) {
        err_set(err, ERR_INVALID_ARGUMENT, "CELL_UNKNOWN");
        err_arg(err, "section", "%s", copy);
        err_arg(err, "row", "%s", first);
        return err_arg(err, "field", "%s", second);
    }
    return form_value_parse(field, value, &ret->value, err);
}
