/* Owns what is said while a command works. Invariant: one lock guards the line on the terminal, so that it
 * never mixes with a message. Must not end a command by anything but a signal. */
#include "client/cli/watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/core/text.h"

enum {
    QUIET_MS = 500,
    TICK_NS = 100000000,
    NOTE_SIZE = 1024,
    LABEL_SIZE = 128,
    LINE_WIDTH = 78,
    INTERRUPTED = 130
};

struct Watch {
    pthread_mutex_t lock; /* of everything below */
    FILE *err;
    const Clock *clock;
    int64_t begin_ms; /* monotonic */
    bool show, drawn, held;
    char label[LABEL_SIZE]; /* "": nothing to tell */
    size_t done, total;
    char line[LABEL_SIZE + 64]; /* as it was drawn last */
    char note[NOTE_SIZE];
    const char *file;
};

Watch *watch_new(FILE *err, const Clock *clock)
{
    Watch *watch = calloc(1, sizeof *watch);

    if (watch == NULL)
        return NULL;
    pthread_mutex_init(&watch->lock, NULL);
    watch->err = err;
    watch->clock = clock;
    watch->begin_ms = clock->monotonic_ms(clock);
    return watch;
}

void watch_free(Watch *watch)
{
    if (watch == NULL)
        return;
    pthread_mutex_destroy(&watch->lock);
    free(watch);
}

/* The two signals a person or a service manager ends a program with. */
static sigset_t ending_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

/* The lock is held. */
static void erase(Watch *watch)
{
    if (!watch->drawn)
        return;
    fputs("\r\033[K", watch->err);
    fflush(watch->err);
    watch->drawn = false;
}

/* What is on disk stays: every step of the outbox is a transaction, as after a power cut. */
static void end_process(Watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    if (watch->held) {
        pthread_mutex_unlock(&watch->lock);
        return;
    }
    erase(watch);
    if (watch->file != NULL)
        unlink(watch->file);
    fprintf(watch->err, "\n%s\n", watch->note);
    fflush(watch->err);
    _exit(INTERRUPTED);
}

static void *run(void *context)
{
    Watch *watch = context;
    const sigset_t signals = ending_signals();
    const struct timespec pause = {.tv_nsec = TICK_NS};

    for (;;) {
        if (sigtimedwait(&signals, NULL, &pause) > 0)
            end_process(watch);
        else
            watch_tick(watch);
    }
    return NULL;
}

/* Without the thread signals keep their usual meaning. */
void watch_start(Watch *watch)
{
    const sigset_t signals = ending_signals();
    pthread_t thread;

    if (watch == NULL)
        return;
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    if (pthread_create(&thread, NULL, run, watch) == 0)
        pthread_detach(thread);
    else
        pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
}

void watch_show(Watch *watch)
{
    if (watch == NULL)
        return;
    pthread_mutex_lock(&watch->lock);
    watch->show = true;
    pthread_mutex_unlock(&watch->lock);
}

void watch_progress(Watch *watch, const char *label, size_t done, size_t total)
{
    if (watch == NULL)
        return;
    pthread_mutex_lock(&watch->lock);
    text_copy(watch->label, sizeof watch->label, label);
    watch->done = done;
    watch->total = total;
    pthread_mutex_unlock(&watch->lock);
}

void watch_wait(Watch *watch, const char *label)
{
    if (watch == NULL)
        return;
    pthread_mutex_lock(&watch->lock);
    if (watch->label[0] == '\0') {
        text_copy(watch->label, sizeof watch->label, label);
        watch->total = 0;
    }
    pthread_mutex_unlock(&watch->lock);
}

void watch_clear(Watch *watch)
{
    if (watch == NULL)
        return;
    pthread_mutex_lock(&watch->lock);
    erase(watch);
    watch->label[0] = '\0'; /* what comes next says anew what it does */
    pthread_mutex_unlock(&watch->lock);
}

void watch_note(Watch *watch, const char *note)
{
    if (watch == NULL)
        return;
    pthread_mutex_lock(&watch->lock);
    text_copy(watch->note, sizeof watch->note, note);
    pthread_mutex_unlock(&watch->lock);
}

void watch_file(Watch *watch, const char *path)
{
    if (watch == NULL)
        return;
    pthread_mutex_lock(&watch->lock);
    watch->file = path;
    pthread_mutex_unlock(&watch->lock);
}

void watch_hold(Watch *watch, bool held)
{
    if (watch == NULL)
        return;
    pthread_mutex_lock(&watch->lock);
    watch->held = held;
    pthread_mutex_unlock(&watch->lock);
}

/* One line, cut rather than wrapped: a wrapped one could not be erased. */
static void draw(Watch *watch, int64_t passed_ms)
{
    char line[sizeof watch->line];
    size_t size;

    if (watch->total > 0)
        snprintf(line, sizeof line, "%s %zu/%zu", watch->label, watch->done, watch->total);
    else
        snprintf(line, sizeof line, "%s, %lld s", watch->label, (long long)(passed_ms / 1000));
    for (size = strlen(line); text_width(line) > LINE_WIDTH; size--)
        line[size - 1] = '\0';
    while (size > 0 && !text_utf8_check((const uint8_t *)line, size))
        line[--size] = '\0'; /* half a character */
    if (watch->drawn && text_equal(line, watch->line))
        return;
    text_copy(watch->line, sizeof watch->line, line);
    fprintf(watch->err, "\r%s\033[K", line);
    fflush(watch->err);
    watch->drawn = true;
}

void watch_tick(Watch *watch)
{
    if (watch == NULL)
        return;
    pthread_mutex_lock(&watch->lock);
    int64_t passed_ms = watch->clock->monotonic_ms(watch->clock) - watch->begin_ms;
    if (watch->show && !watch->held && watch->label[0] != '\0' && passed_ms >= QUIET_MS)
        draw(watch, passed_ms);
    pthread_mutex_unlock(&watch->lock);
}
