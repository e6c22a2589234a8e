/* The table of RPC methods, in the order of the proto files. */
#ifndef SERVER_METHODS_H
#define SERVER_METHODS_H

#include "server/rpc/method.h"

extern const MethodRow server_methods[];
extern const size_t server_method_count;
extern const ProtobufCServiceDescriptor *const server_services[];
extern const size_t server_service_count;

#endif
