/* Replies made up from the protocol itself, for tests that care for shape, not for figures. */
#ifndef TESTS_UNIT_CLIENT_CLI_FILL_H
#define TESTS_UNIT_CLIENT_CLI_FILL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/core/arena.h"

/* The packed reply of "package.Service/Method" with every field set and every list of one item; false for a
 * service that is not known here. */
bool fill_reply(const char *method, Arena *arena, const void **ret_reply, size_t *ret_size);

#endif
