/* A small world for integration tests: a private PostgreSQL, the real server in this process behind a real
 * NNG socket, two districts with schools whose names carry markers, and one person of each role. */
#ifndef TESTS_INTEGRATION_WORLD_H
#define TESTS_INTEGRATION_WORLD_H

#include "client/rpc/rpc.h"
#include "server/jobs/run_job.h"
#include "server/service/service.h"
#include "shans/v1/collection.pb-c.h"
#include "tests/support/pg.h"

enum { WORLD_PEOPLE = 14, WORLD_SCHOOLS = 4, WORLD_TOKEN_SIZE = 65 };

typedef struct WorldPerson {
    const char *login, *org;
    int role;          /* Shans__V1__Role */
    unsigned sees;     /* bit i: school i of world_schools */
    unsigned known_to; /* who may know the person, likewise; 0: as sees */
    char token[WORLD_TOKEN_SIZE];
} WorldPerson;

typedef struct WorldSchool {
    const char *code, *district, *name, *marker; /* marker: part of the name and of nothing else */
    int64_t figure;                              /* a number only this school submits */
    uint64_t submission;                         /* its accepted assessment_results of 2022 */
} WorldSchool;

typedef struct World {
    TestPg pg;
    Arena *arena;
    Service service;
    Rand rand;
    RpcServer *server;
    TransportServer *transport;
    RunJob *job;
    int ready, starts; /* starts: servers opened so far */
    char address[128], conninfo[TEST_CONNINFO_SIZE];
    WorldPerson people[WORLD_PEOPLE];
    WorldSchool schools[WORLD_SCHOOLS];
    uint64_t run;
    uint32_t edition;
} World;

/* Starts everything; filters_off: the service's own scope checks answer yes to all. Every function fails the
 * running test on error. */
void world_start(World *world, bool filters_off);
void world_stop(World *world);

/* Stops the server, keeps the database, and starts another at a new address: nothing remembered in memory. */
void world_restart(World *world);

/* Submits and accepts results for every school, runs PERV-2023 and publishes edition 1. */
void world_fill(World *world);

/* A client signed in as that person ("" : nobody). Closed by rpc_close. */
Rpc *world_client(World *world, const char *login);
const WorldPerson *world_person(const World *world, const char *login);

/* A fresh operation id. */
void world_operation(World *world, uint8_t *id);

/* A complete, valid SubmitRequest of assessment_results with a few rows; participants of the first row is
 * `figure`. In arena. */
Shans__V1__SubmitRequest *world_results(const char *school, const char *period,
                                        Shans__V1__FigureSource source, int64_t figure,
                                        const Catalog *catalog, Arena *arena);

/* The same with 1..6 rows of ten cells. */
Shans__V1__SubmitRequest *world_results_rows(const char *school, const char *period,
                                             Shans__V1__FigureSource source, int64_t figure, size_t row_count,
                                             const Catalog *catalog, Arena *arena);

/* Recomputes the request's content hash after cells were changed. */
void world_hash(Shans__V1__SubmitRequest *request, const Catalog *catalog, Arena *arena);

#endif
