/* Owns the cache of looked-up tokens. Invariant: an entry is never older than the ttl when given, and never
 * survives an eviction of its principal. Must not hold a token itself. */
#include "server/rpc/tokens.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1024 };

typedef struct Slot {
    bool used;
    uint8_t hash[CALL_HASH_SIZE];
    int64_t until; /* monotonic */
    Principal principal;
} Slot;

struct Tokens {
    pthread_mutex_t lock;
    int64_t ttl_ms;
    uint64_t generation; /* grows with each eviction */
    uint64_t hits, misses;
    Slot slots[SLOTS]; /* by the first bytes of the hash; a newcomer takes the place */
};

Tokens *tokens_new(int64_t ttl_ms)
{
    Tokens *tokens = calloc(1, sizeof *tokens);

    if (tokens != NULL) {
        tokens->ttl_ms = ttl_ms;
        pthread_mutex_init(&tokens->lock, NULL);
    }
    return tokens;
}

void tokens_free(Tokens *tokens)
{
    if (tokens == NULL)
        return;
    pthread_mutex_destroy(&tokens->lock);
    free(tokens);
}

static Slot *slot_of(Tokens *tokens, const uint8_t *hash)
{
    return &tokens->slots[(hash[0] | (size_t)hash[1] << 8) % SLOTS];
}

bool tokens_get(Tokens *tokens, const uint8_t *hash, int64_t monotonic_ms, int64_t unix_ms,
                Principal *ret_principal)
{
    pthread_mutex_lock(&tokens->lock);
    Slot *slot = slot_of(tokens, hash);
    bool found = slot->used && memcmp(slot->hash, hash, CALL_HASH_SIZE) == 0 && monotonic_ms < slot->until &&
                 (slot->principal.expires_ms == 0 || unix_ms < slot->principal.expires_ms);
    if (found)
        *ret_principal = slot->principal;
    ++*(found ? &tokens->hits : &tokens->misses);
    pthread_mutex_unlock(&tokens->lock);
    return found;
}

void tokens_stats(Tokens *tokens, uint64_t *ret_hits, uint64_t *ret_misses)
{
    pthread_mutex_lock(&tokens->lock);
    *ret_hits = tokens->hits;
    *ret_misses = tokens->misses;
    pthread_mutex_unlock(&tokens->lock);
}

uint64_t tokens_generation(Tokens *tokens)
{
    pthread_mutex_lock(&tokens->lock);
    uint64_t generation = tokens->generation;
    pthread_mutex_unlock(&tokens->lock);
    return generation;
}

void tokens_put(Tokens *tokens, const uint8_t *hash, int64_t monotonic_ms, uint64_t generation,
                const Principal *principal)
{
    pthread_mutex_lock(&tokens->lock);
    if (generation == tokens->generation) {
        Slot *slot = slot_of(tokens, hash);

        slot->used = true;
        memcpy(slot->hash, hash, CALL_HASH_SIZE);
        slot->until = monotonic_ms + tokens->ttl_ms;
        slot->principal = *principal;
    }
    pthread_mutex_unlock(&tokens->lock);
}

void tokens_evict(Tokens *tokens, int64_t principal_id)
{
    pthread_mutex_lock(&tokens->lock);
    tokens->generation++;
    for (size_t i = 0; i < SLOTS; i++) {
        if (principal_id == 0 || tokens->slots[i].principal.id == principal_id)
            tokens->slots[i].used = false;
    }
    pthread_mutex_unlock(&tokens->lock);
}
