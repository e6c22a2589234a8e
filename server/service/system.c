/* Owns the methods about the server itself and the caller. Must not touch business data. */
#include <string.h>

#include "server/service/handlers.h"
#include "server/service/service.h"
#include "shans/v1/system.pb-c.h"

/* Version, protocol and definitions: nothing here depends on stored data. */
ErrCode system_get_server_info(Call *call, const ProtobufCMessage *request, ProtobufCMessage *reply, Err *err)
{
    Shans__V1__GetServerInfoReply *info = (Shans__V1__GetServerInfoReply *)reply;

    (void)request;
    (void)err;
    info->version = (char *)SHANS_VERSION;
    info->protocol = RPC_PROTOCOL;
    info->time_ms = call_now_ms(call);
    info->catalog_hash = (char *)call_service(call)->options.catalog_hash;
    return ERR_OK;
}

/* Whether the database answered lately; asks nothing of it now. */
ErrCode system_check_health(Call *call, const ProtobufCMessage *request, ProtobufCMessage *reply, Err *err)
{
    (void)request;
    (void)err;
    ((Shans__V1__CheckHealthReply *)reply)->serving =
        __atomic_load_n(call_service(call)->options.ready, __ATOMIC_ACQUIRE) != 0;
    return ERR_OK;
}

/* The payload comes back as it is: measures the way, not the work. */
ErrCode system_echo(Call *call, const ProtobufCMessage *request, ProtobufCMessage *reply, Err *err)
{
    (void)call;
    (void)err;
    ((Shans__V1__EchoReply *)reply)->payload = ((const Shans__V1__EchoRequest *)request)->payload;
    return ERR_OK;
}

/* Who the token belongs to, for the person at the screen. */
ErrCode system_get_identity(Call *call, const ProtobufCMessage *request, ProtobufCMessage *reply, Err *err)
{
    Shans__V1__GetIdentityReply *identity = (Shans__V1__GetIdentityReply *)reply;
    const Principal *principal = call->principal;

    (void)request;
    (void)err;
    identity->login = (char *)principal->login;
    identity->display_name = (char *)principal->display_name;
    identity->role = (Shans__V1__Role)principal->role;
    identity->org_code = (char *)principal->org_code;
    identity->org_name = (char *)principal->org_name;
    identity->token_expires_ms = principal->expires_ms;
    return ERR_OK;
}
