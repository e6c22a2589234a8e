/* Cells that many commands show the same way. */
#ifndef CLIENT_CLI_SHOW_H
#define CLIENT_CLI_SHOW_H

#include "client/cli/names.h"
#include "client/render/render.h"

/* "2021" for programs, "2020/21" for people; other periods as they are. */
void show_period(RenderTable *table, const char *period);

/* A year of the wire in the same way; 0 is empty. */
void show_year(RenderTable *table, uint32_t year);

void show_number_of(RenderTable *table, const NameTable *names, int number);
void show_name_of(RenderTable *table, const NameTable *names, const char *code);

/* Several codes of a table, "A B" for programs, their labels for people. */
void show_names(RenderTable *table, const NameTable *names, char *const *codes, size_t count);

/* Why something failed: the reason for programs, for people the sentence with its codes in words; empty for a
 * reason that is "". */
void show_why(RenderTable *table, const Err *why, bool russian);

/* The name, marked where the organisation is of the fictitious training district. */
void show_org_name(RenderTable *table, const char *name, bool training);

#endif
