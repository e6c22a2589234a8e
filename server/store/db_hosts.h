/* The hosts a connection string names, one at a time. */
#ifndef SERVER_STORE_DB_HOSTS_H
#define SERVER_STORE_DB_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DB_HOST_SIZE = 256 };

/* Comma-separated lists as libpq has them, NULL where the string says nothing. */
typedef struct DbHosts {
    char *host, *hostaddr, *port;
    size_t count;     /* at least 1 */
    int64_t limit_ms; /* to connect to one of them */
} DbHosts;

void db_hosts_init(DbHosts *hosts); /* one unnamed host, 2 s */
void db_hosts_done(DbHosts *hosts);

/* Takes one option of a parsed string; those that do not matter here are passed over. value may be NULL.
 * connect_timeout counts in whole seconds, 2 at least, as in libpq. False without memory. */
bool db_hosts_take(DbHosts *hosts, const char *keyword, const char *value);

/* The index-th item of a list, cut to DB_HOST_SIZE; a list of one stands for all. NULL for no list. */
const char *db_hosts_item(const char *list, size_t index, char *to);

/* How many hosts a connection string names (1 when it leaves that to libpq); 0: libpq cannot read it. */
size_t db_conninfo_hosts(const char *conninfo);

#endif
