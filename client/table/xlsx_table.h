/* A sheet of a workbook as a table of texts, like one read from separated text. */
#ifndef CLIENT_TABLE_XLSX_TABLE_H
#define CLIENT_TABLE_XLSX_TABLE_H

#include "client/table/table.h"

/* Rows are those with a value; rows whose first character is # are left out; a merged area gives its value to
 * the cells below its first one. Errors of xlsx_open, xlsx_find_sheet and xlsx_read_sheet; XLSX_TABLE_LIMIT
 * (more is kept than three quarters of unpacked_max), XLSX_EMPTY with "sheet". */
ErrCode xlsx_table_load(const char *path, const TableOptions *options, Arena *arena, Table **ret_table,
                        Err *err) MUST_CHECK;

#endif
