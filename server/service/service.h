/* The service layer's shared state: database connections per worker, the catalogue, and the hooks between
 * dispatch and store (sign-in, transaction with scope, remembered operations, audit). */
#ifndef SERVER_SERVICE_SERVICE_H
#define SERVER_SERVICE_SERVICE_H

#include "common/catalog/catalog.h"
#include "server/rpc/server.h"
#include "server/service/refusals.h"
#include "server/service/seen.h"
#include "server/store/db.h"

enum { SERVICE_WORKERS_MAX = 128 };

typedef struct ServiceOptions {
    const char *conninfo; /* of the login shans_app */
    const Clock *clock;
    const Catalog *catalog;
    const char *catalog_hash; /* hexadecimal */
    const int *ready;         /* atomic: 1 while the database answers */
    bool filters_off;         /* tests only: row-level security alone decides */
} ServiceOptions;

typedef struct Service {
    ServiceOptions options;
    Db *workers[SERVICE_WORKERS_MAX]; /* each used by one worker thread only */
    Db *committers[COMMITTER_THREADS_MAX];
    struct SubmitOp *batches[COMMITTER_THREADS_MAX]; /* SUBMIT_BATCH_MAX each, for the committer threads */
    Refusals refusals;
} Service;

/* Opens *db when it is NULL. */
ErrCode service_open_db(Service *service, Db **db, Err *err) MUST_CHECK;

/* What a handler finds in call->session: an open transaction in the caller's scope. */
typedef struct Session {
    Service *service;
    Db *db;
    const char *object; /* what the call changed or showed, for the logs: "submission:12"; "" at first */
    Seen seen;          /* what it showed: counted by call_sees, logged before a read is answered */
    bool dry_run;       /* set by a handler: the transaction is rolled back, the reply says what would be */
} Session;

/* Options are copied, what they point to must outlive the service. Connections open on first use. */
void service_init(Service *service, const ServiceOptions *options);
void service_done(Service *service);
RpcHooks service_hooks(Service *service);

Session *call_session(const Call *call);
Db *call_db(const Call *call);           /* the transaction of the call */
Service *call_service(const Call *call); /* also for methods that need no sign-in */
int64_t call_now_ms(const Call *call);

/* The database scope of a role: schools see theirs, coordinators their district, the ministry the region. */
DbScope service_scope(const Principal *principal, DbMode mode, int64_t deadline_ms);

/* The first wall, beside row-level security: whether the caller may see rows of this school, whatever the
 * database gave. False is answered as if the row were not there. Switched off only by the test that lets
 * row-level security stand alone (ServiceOptions.filters_off). */
bool call_may_see(const Call *call, int64_t school_id, int64_t district_id);

/* The same for a row of figures that is shown if the answer is yes: it is counted for the log of reading. */
bool call_sees(Call *call, int64_t school_id, int64_t district_id);

/* Writes counted refusals if that is due, on a connection without a transaction. Called by every worker now
 * and then, and by whoever watches the database while no calls come. */
void service_flush(Service *service, Db *db);

/* Role predicates over Shans__V1__Role numbers. */
bool role_is_school(int role);
bool role_is_region(int role);

#endif
