/* What a transaction starts with: its role, mode and the settings row-level security reads. Pure. */
#ifndef SERVER_STORE_DB_SCOPE_H
#define SERVER_STORE_DB_SCOPE_H

#include "server/store/db.h"

/* The statement that begins a transaction of this mode. */
const char *db_scope_begin(DbMode mode);

/* Adds principal, district, region, schools, above: in this order in db__enter and db__rescope. */
void db_scope_params(const DbScope *scope, DbParams *params);

#endif
