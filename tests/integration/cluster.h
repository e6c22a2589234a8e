/* PostgreSQL clusters of a test that come and go: a primary and standbys, killed, restarted and promoted as
 * the test wants. Each has a folder with data/ and socket/ in it and port 5432, so that a TestPg of the same
 * folder reaches it. Every commit waits for a standby (synchronous_standby_names is '*'). Every function
 * fails the running test on error. */
#ifndef TESTS_INTEGRATION_CLUSTER_H
#define TESTS_INTEGRATION_CLUSTER_H

#include "tests/support/pg.h"

enum { PROCESS_PATH_SIZE = 256 };

typedef struct Cluster {
    TestPg pg; /* its folder; embedded is not used */
} Cluster;

/* Exit status of a program; its standard output goes to out (NULL: nowhere), its errors too. */
int process_run(const char *const *argv, const char *out);
/* Starts a program that writes to the end of log. */
pid_t process_spawn(const char *const *argv, const char *log);

/* An empty cluster with an empty database "shans", running as a primary. synchronous: as above; otherwise
 * nobody waits. */
void cluster_make(Cluster *cluster, const char *dir, bool synchronous);
/* A standby of `from`, running. */
void cluster_clone(Cluster *cluster, const char *dir, const Cluster *from);

void cluster_start(const Cluster *cluster); /* waits until it answers */
void cluster_stop(const Cluster *cluster, const char *mode);
void cluster_kill(const Cluster *cluster);   /* kill -9 of all its processes at once; also when none runs */
void cluster_remove(const Cluster *cluster); /* with its folder */
void cluster_promote(const Cluster *cluster);

/* The process that receives the primary's log on a standby. */
pid_t cluster_wal_receiver(const Cluster *cluster);

/* Waits until a standby streams from it. */
void cluster_wait_standby(const Cluster *primary);

#endif
