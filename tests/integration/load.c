/* Owns the threads that submit. Invariant: an operation id is kept exactly when a server answered it with OK.
 * Must not look into the database. */
#include "tests/integration/load.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/rpc/rpc.h"
#include "common/base/ids.h"
#include "tests/integration/world.h"

enum { IDS_MAX = 400000, CALL_MS = 5000, AGAIN_MS = 20, STEP_MS = 5, GIVE_UP_MS = 60000, MEMORY = 4 << 20 };

typedef struct Thread {
    struct Load *load;
    pthread_t id;
    const char *address;
    Rand rand;
    size_t retried, unknown;
    char fault[LOAD_FAULT_SIZE];
} Thread;

struct Load {
    LoadOptions options;
    Thread threads[LOAD_THREADS];
    int stopping;          /* atomic */
    int64_t next;          /* atomic: number of the next submission */
    int64_t marked, first; /* atomic: monotonic ms */
    pthread_mutex_t lock;  /* of what follows */
    size_t count;
    uint8_t (*ids)[ID_SIZE]; /* count of them */
};

static int64_t now(void)
{
    return clock_system.monotonic_ms(&clock_system);
}

/* A success whose attempt began before the mark proves nothing about what came after it. */
static void keep(Load *load, const uint8_t *id, int64_t began)
{
    int64_t none = 0, marked = __atomic_load_n(&load->marked, __ATOMIC_ACQUIRE);

    pthread_mutex_lock(&load->lock);
    if (load->count < IDS_MAX)
        memcpy(load->ids[load->count++], id, ID_SIZE);
    pthread_mutex_unlock(&load->lock);
    if (marked != 0 && began >= marked)
        __atomic_compare_exchange_n(&load->first, &none, now(), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* True when it was stored. */
static bool submit(Thread *thread, Rpc *rpc, int64_t number, const uint8_t *id, Arena *arena)
{
    const char *school = arena_printf(arena, "s-%d", (int)(number % LOAD_SCHOOLS));
    const char *period = arena_printf(arena, "%d", 2000 + (int)(number / LOAD_SCHOOLS % 100));
    const Shans__V1__SubmitRequest *request =
        world_results(school, period, SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_DISTRICT, 30 + number % 50,
                      thread->load->options.catalog, arena);
    int64_t give_up = now() + GIVE_UP_MS;

    while (now() < give_up) {
        ProtobufCMessage *reply;
        Err err = {0};
        int64_t began = now();
        ErrCode code = rpc_call(rpc, &shans__v1__collection_service__descriptor, "Submit", id, &request->base,
                                arena, &reply, &err);
        if (code == ERR_OK) {
            keep(thread->load, id, began);
            return true;
        }
        if (rpc_policy(code) != RPC_RETRY) {
            snprintf(thread->fault, LOAD_FAULT_SIZE, "%s %s", err_code_name(code), err.reason);
            return false;
        }
        thread->retried++;
        thread->unknown += strcmp(err.reason, "OUTCOME_UNKNOWN") == 0;
        clock_system.sleep_ms(&clock_system, AGAIN_MS);
    }
    snprintf(thread->fault, LOAD_FAULT_SIZE, "not stored within %d ms", GIVE_UP_MS);
    return false;
}

static void *drive(void *context)
{
    Thread *thread = context;
    Load *load = thread->load;
    RpcOptions options = {.address = thread->address,
                          .token = load->options.token,
                          .deadline_ms = CALL_MS,
                          .clock = &clock_system,
                          .rand = &thread->rand};
    IdMaker maker = id_maker(&clock_system, &thread->rand);
    Rpc *rpc = NULL;
    Err err = {0};
    bool fine = rpc_open(&options, &rpc, &err) == ERR_OK;

    while (fine && !__atomic_load_n(&load->stopping, __ATOMIC_ACQUIRE)) {
        Arena *arena = arena_new(MEMORY, NULL);
        uint8_t id[ID_SIZE];
        id_make(&maker, id);
        fine = submit(thread, rpc, __atomic_fetch_add(&load->next, 1, __ATOMIC_ACQ_REL), id, arena);
        arena_free(arena);
        clock_system.sleep_ms(&clock_system, load->options.pause_ms);
    }
    rpc_close(rpc);
    return NULL;
}

Load *load_start(const LoadOptions *options)
{
    Load *load = calloc(1, sizeof *load);

    assert_non_null(load);
    load->options = *options;
    pthread_mutex_init(&load->lock, NULL);
    load->ids = calloc(IDS_MAX, sizeof *load->ids);
    assert_non_null(load->ids);
    for (size_t i = 0; i < LOAD_THREADS; i++) {
        load->threads[i] = (Thread){.load = load, .address = options->addresses[i], .rand = rand_system()};
        assert_int_equal(pthread_create(&load->threads[i].id, NULL, drive, &load->threads[i]), 0);
    }
    return load;
}

void load_mark(Load *load)
{
    __atomic_store_n(&load->first, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&load->marked, now(), __ATOMIC_RELEASE);
}

int64_t load_first_ms(Load *load, int64_t limit_ms)
{
    int64_t marked = __atomic_load_n(&load->marked, __ATOMIC_ACQUIRE);

    while (now() - marked < limit_ms) {
        int64_t first = __atomic_load_n(&load->first, __ATOMIC_ACQUIRE);
        if (first != 0)
            return first - marked;
        clock_system.sleep_ms(&clock_system, STEP_MS);
    }
    return -1;
}

size_t load_acknowledged(Load *load)
{
    pthread_mutex_lock(&load->lock);
    size_t count = load->count;
    pthread_mutex_unlock(&load->lock);
    return count;
}

void load_stop(Load *load, LoadSum *ret)
{
    __atomic_store_n(&load->stopping, 1, __ATOMIC_RELEASE);
    *ret = (LoadSum){0};
    for (size_t i = 0; i < LOAD_THREADS; i++) {
        const Thread *thread = &load->threads[i];
        pthread_join(thread->id, NULL);
        ret->retried += thread->retried;
        ret->unknown += thread->unknown;
        if (*thread->fault != '\0')
            memcpy(ret->fault, thread->fault, LOAD_FAULT_SIZE);
    }
    ret->acknowledged = load_acknowledged(load);
}

char *load_ids(Load *load, size_t *ret_count)
{
    size_t count = load_acknowledged(load);
    char *text = calloc(count + 1, ID_TEXT_SIZE);

    assert_non_null(text);
    for (size_t i = 0; i < count; i++) {
        id_dump(load->ids[i], text + i * ID_TEXT_SIZE);
        text[(i + 1) * ID_TEXT_SIZE - 1] = '\n';
    }
    *ret_count = count;
    return text;
}

void load_free(Load *load)
{
    pthread_mutex_destroy(&load->lock);
    free(load->ids);
    free(load);
}
