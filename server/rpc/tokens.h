/* Tokens looked up a moment ago, so that a burst of calls costs one look-up. Only hashes of tokens are kept.
 */
#ifndef SERVER_RPC_TOKENS_H
#define SERVER_RPC_TOKENS_H

#include "server/rpc/call.h"

typedef struct Tokens Tokens;

/* ttl_ms: how long an entry is believed. NULL: no memory. */
Tokens *tokens_new(int64_t ttl_ms);
void tokens_free(Tokens *tokens);

/* monotonic_ms and unix_ms are the present; an entry whose principal has expired is not given. */
bool tokens_get(Tokens *tokens, const uint8_t *hash, int64_t monotonic_ms, int64_t unix_ms,
                Principal *ret_principal);

/* The generation to be read before a look-up and given to tokens_put after it: what was evicted in between is
 * not put back. */
uint64_t tokens_generation(Tokens *tokens);
void tokens_put(Tokens *tokens, const uint8_t *hash, int64_t monotonic_ms, uint64_t generation,
                const Principal *principal);

/* How often tokens_get gave an entry, and how often it did not. */
void tokens_stats(Tokens *tokens, uint64_t *ret_hits, uint64_t *ret_misses);

/* Forgets a principal's tokens; 0: all. */
void tokens_evict(Tokens *tokens, int64_t principal_id);

#endif
