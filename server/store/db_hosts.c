/* Owns the lists of hosts in a connection string. Invariant: count is the length of the longer of the lists
 * of names and addresses. Must not know how a connection is made. */
#include "server/store/db_hosts.h"

#include <stdlib.h>
#include <string.h>

#include "common/core/decimal.h"
#include "common/core/text.h"

enum { LIMIT_MS = 2000, LIMIT_LEAST_S = 2, LIMIT_MOST_S = 3600 };

void db_hosts_init(DbHosts *hosts)
{
    *hosts = (DbHosts){.count = 1, .limit_ms = LIMIT_MS};
}

void db_hosts_done(DbHosts *hosts)
{
    free(hosts->host);
    free(hosts->hostaddr);
    free(hosts->port);
    *hosts = (DbHosts){0};
}

static size_t length_of(const char *list)
{
    size_t count = 1;

    for (; *list; list++)
        count += *list == ',';
    return count;
}

static bool keep(const char *value, char **to)
{
    free(*to);
    *to = strdup(value);
    return *to != NULL;
}

static void set_limit(DbHosts *hosts, const char *value)
{
    int64_t seconds;

    if (decimal_parse(value, 0, &seconds) != DECIMAL_FINE || seconds <= 0)
        return; /* libpq complains about what is no number */
    if (seconds < LIMIT_LEAST_S)
        seconds = LIMIT_LEAST_S;
    hosts->limit_ms = (seconds > LIMIT_MOST_S ? LIMIT_MOST_S : seconds) * 1000;
}

bool db_hosts_take(DbHosts *hosts, const char *keyword, const char *value)
{
    bool by_address = text_equal(keyword, "hostaddr");

    if (!value || !*value)
        return true;
    if (text_equal(keyword, "connect_timeout"))
        set_limit(hosts, value);
    if (text_equal(keyword, "port"))
        return keep(value, &hosts->port);
    if (!by_address && !text_equal(keyword, "host"))
        return true;
    if (length_of(value) > hosts->count)
        hosts->count = length_of(value);
    return keep(value, by_address ? &hosts->hostaddr : &hosts->host);
}

const char *db_hosts_item(const char *list, size_t index, char *to)
{
    if (!list)
        return NULL;
    for (size_t left = length_of(list) == 1 ? 0 : index; left > 0 && list; left--) {
        list = strchr(list, ',');
        list = list ? list + 1 : NULL;
    }
    size_t size = list ? strcspn(list, ",") : 0;
    if (size >= DB_HOST_SIZE)
        size = DB_HOST_SIZE - 1;
    memcpy(to, list ? list : "", size);
    to[size] = '\0';
    return to;
}
