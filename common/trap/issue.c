/* Owns the list of findings. Invariant: no text of an issue is NULL. Must not judge. */
#include "common/trap/issue.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 1024 };

/* Longer texts are cut: they are read by a person, and the source is at hand. */
PRINTF_LIKE(2, 0)
static const char *text_make(TrapList *list, const char *format, va_list args)
{
    char text[TEXT_SIZE];

    vsnprintf(text, sizeof text, format, args);
    const char *copy = arena_text(list->arena, text);
    list->failed = list->failed || copy == NULL;
    return copy == NULL ? "" : copy;
}

const char *trap_text(TrapList *list, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const char *text = text_make(list, format, args);
    va_end(args);
    return text;
}

const char *trap_join(TrapList *list, const char *joined, const char *item)
{
    return trap_text(list, "%s%s%s", joined, *joined == '\0' ? "" : ",", item);
}

/* Room for one more. */
static bool grow(TrapList *list)
{
    if (list->count < list->room)
        return true;
    size_t room = list->room * 2 + 16;
    TrapIssue *more = ARENA_NEW(list->arena, TrapIssue, room);
    if (more == NULL) {
        list->failed = true;
        return false;
    }
    if (list->count > 0)
        memcpy(more, list->items, list->count * sizeof *more);
    list->items = more;
    list->room = room;
    return true;
}

TrapIssue *trap_add(TrapList *list, const char *rule, TrapSeverity severity, const char *school,
                    const char *table, const char *row, const char *column)
{
    TrapIssue *issue = grow(list) ? &list->items[list->count++] : &list->nowhere;
    const char *place = "";

    if (*column != '\0')
        place = trap_text(list, "table %s/%s/%s", table, row, column);
    else if (*row != '\0')
        place = trap_text(list, "table %s/%s", table, row);
    else if (*table != '\0')
        place = trap_text(list, "table %s", table);
    *issue = (TrapIssue){
        .rule = rule, .severity = severity, .school = school, .place = place, .raw = "", .proposal = ""};
    return issue;
}

void trap_arg(TrapList *list, TrapIssue *issue, const char *key, const char *format, ...)
{
    va_list args;

    if (issue->arg_count == TRAP_ARGS_MAX)
        return;
    va_start(args, format);
    issue->args[issue->arg_count++] = (TrapArg){key, text_make(list, format, args)};
    va_end(args);
}
