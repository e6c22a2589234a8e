/* A finding about what a source prints: nothing is repaired, a person decides. */
#ifndef COMMON_TRAP_ISSUE_H
#define COMMON_TRAP_ISSUE_H

#include <stdbool.h>

#include "common/core/arena.h"

typedef enum TrapSeverity { TRAP_INFO = 1, TRAP_WARNING = 2, TRAP_ERROR = 3 } TrapSeverity;

enum { TRAP_ARGS_MAX = 5 };

typedef struct TrapArg {
    const char *key, *value; /* arena or literal */
} TrapArg;

/* Texts are never NULL in a finished list. */
typedef struct TrapIssue {
    const char *rule; /* a reason: its sentence is made from the arguments */
    TrapSeverity severity;
    const char *school;   /* "": of no single school, so nobody's calculation waits for it */
    const char *place;    /* "table 6", with row and column where there are: "table 12/5/2023" */
    const char *raw;      /* as printed */
    const char *proposal; /* what it may have been; never applied by itself */
    TrapArg args[TRAP_ARGS_MAX];
    size_t arg_count;
} TrapIssue;

/* A list being written. Memory that runs out is remembered, so that a check looks once at its end. */
typedef struct TrapList {
    Arena *arena;
    TrapIssue *items;
    size_t count, room;
    TrapIssue nowhere; /* what is written to when memory is out */
    bool failed;
} TrapList;

/* A new issue at the end. table "": no place; row and column may be "". The pointer is good until the next
 * one is added. */
TrapIssue *trap_add(TrapList *list, const char *rule, TrapSeverity severity, const char *school,
                    const char *table, const char *row, const char *column);

/* An argument of its sentence; beyond TRAP_ARGS_MAX none is kept. */
void trap_arg(TrapList *list, TrapIssue *issue, const char *key, const char *format, ...) PRINTF_LIKE(4, 5);

/* Formatted text in the list's arena; "" once memory is out. */
const char *trap_text(TrapList *list, const char *format, ...) PRINTF_LIKE(2, 3);

/* A comma-separated list grows by one item; "" begins it. */
const char *trap_join(TrapList *list, const char *joined, const char *item);

#endif
