/* Owns the one table of what the sender does with a status. Invariant: every code has a row, and no row means
 * "delete". Must not look at reasons: a newer server may send reasons this version does not know. */
#include "client/rpc/rpc.h"

static const RpcAction actions[ERR_CODE_COUNT] = {
    [ERR_OK] = RPC_DONE,
    [ERR_CANCELLED] = RPC_RETRY,
    [ERR_UNKNOWN] = RPC_PARK,
    [ERR_INVALID_ARGUMENT] = RPC_PARK,
    [ERR_DEADLINE_EXCEEDED] = RPC_RETRY,
    [ERR_NOT_FOUND] = RPC_PARK,
    [ERR_ALREADY_EXISTS] = RPC_PARK,
    [ERR_PERMISSION_DENIED] = RPC_PARK,
    [ERR_RESOURCE_EXHAUSTED] = RPC_RETRY,
    [ERR_FAILED_PRECONDITION] = RPC_PARK,
    [ERR_ABORTED] = RPC_REBUILD,
    [ERR_OUT_OF_RANGE] = RPC_PARK,
    [ERR_UNIMPLEMENTED] = RPC_UPGRADE,
    [ERR_INTERNAL] = RPC_PARK,
    [ERR_UNAVAILABLE] = RPC_RETRY,
    [ERR_DATA_LOSS] = RPC_PARK,
    [ERR_UNAUTHENTICATED] = RPC_SIGN_IN,
};

RpcAction rpc_policy(ErrCode code)
{
    return (unsigned)code < ERR_CODE_COUNT ? actions[code] : RPC_PARK;
}

void rpc_policy_dump(Buf *buf)
{
    static const char *const names[] = {
        [RPC_DONE] = "done", [RPC_RETRY] = "retry",     [RPC_REBUILD] = "rebuild",
        [RPC_PARK] = "park", [RPC_SIGN_IN] = "sign_in", [RPC_UPGRADE] = "upgrade",
    };

    for (unsigned code = 0; code < ERR_CODE_COUNT; code++)
        buf_printf(buf, "%s %s\n", err_code_name((ErrCode)code), names[actions[code]]);
}
