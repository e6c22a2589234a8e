/* Two real servers over one database, whose primary may have a standby. */
#ifndef TESTS_INTEGRATION_PAIR_H
#define TESTS_INTEGRATION_PAIR_H

#include "client/rpc/rpc.h"
#include "tests/integration/cluster.h"
#include "tests/integration/load.h"
#include "tests/integration/world.h"

enum { PAIR_SERVERS = 2, PAIR_CONNINFO_SIZE = 320 };

typedef struct Pair {
    char dir[48], hosts[PAIR_CONNINFO_SIZE]; /* "host=… port=…" */
    Cluster nodes[2];
    size_t node_count, primary; /* primary: index of the node that takes writes */
    pid_t servers[PAIR_SERVERS];
    char addresses[PAIR_SERVERS][64];
    Rand rand;
    Arena *arena;
    Catalog *catalog;
} Pair;

/* Databases (two: a primary and its synchronous standby), district "d" with LOAD_SCHOOLS schools, the
 * accounts "analyst", "client0" (coordinator of the district), and both servers. node_count 1 or 2. Fails the
 * running test on error, as every function here; pair_stop may follow at any point. */
void pair_start(Pair *pair, size_t node_count);
/* The same over a cluster that somebody else runs, with an empty database "shans". */
void pair_start_on(Pair *pair, const char *hosts);
void pair_stop(Pair *pair);

/* A connection string over all nodes. to: PAIR_CONNINFO_SIZE bytes. */
void pair_conninfo(const Pair *pair, const char *user, char *to);

/* Waits until a server answers a call with a look into the database. */
void pair_wait_ready(Pair *pair, size_t server);

/* Runs a command of shans-server with the owner's connection; args end with NULL. Exit status. */
int pair_command(const Pair *pair, const char *const *args);

/* A client of one server with the key of that login, made by pair_start or pair_command in dir/LOGIN.token.
 */
Rpc *pair_client(Pair *pair, size_t server, const char *login, uint32_t deadline_ms);

/* True while the process of that server runs, the same since the start. */
bool pair_serves(const Pair *pair, size_t server);

/* Kills the primary with all its processes. */
void pair_kill_primary(const Pair *pair);
/* The standby is promoted, and gets a new standby in the dead one's place. */
void pair_take_over(Pair *pair);

/* Seconds or rounds: the long one when SHANS_SOAK is set. */
int pair_rounds(int brief, int soak);

/* Starts load on both servers. */
Load *pair_load(Pair *pair, int64_t pause_ms);

typedef struct PairCount {
    int64_t missing, doubled, stored; /* acknowledged and not there; keys with more than one; submissions */
} PairCount;

/* Compares what the load was told with the primary's rows. */
void pair_compare(const Pair *pair, Load *load, PairCount *ret);

#endif
