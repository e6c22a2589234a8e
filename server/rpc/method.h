/* The table of RPC methods: one row for each method that the proto files declare, no more and no fewer. */
#ifndef SERVER_RPC_METHOD_H
#define SERVER_RPC_METHOD_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/core/buf.h"
#include "common/core/err.h"
#include "server/rpc/call.h"

/* Which threads run a method. READ and SUBMIT run on read workers; SUBMIT's handler defers the write to the
 * group committer; WRITE has workers of its own, so that slow writes never starve reads. */
typedef enum Lane { LANE_READ = 1, LANE_WRITE, LANE_SUBMIT } Lane;

/* request: of the method's input type; reply: of its output type with default values, in the call's arena;
 * whatever it points to must live in call->arena or be constant. */
typedef ErrCode (*MethodHandler)(Call *call, const ProtobufCMessage *request, ProtobufCMessage *reply,
                                 Err *err);

#define METHOD_ROLE(role) (1u << (unsigned)(role)) /* bit of a Shans__V1__Role in MethodRow.roles */

enum {
    METHOD_OPEN = 1,               /* bit 0 of roles: needs no sign-in */
    METHOD_ANY_ROLE = 0x1FE,       /* roles 1..8 */
    METHOD_ACCOUNTS = 1 << 30,     /* beside roles: works on accounts and tokens, with the rights for those */
    METHOD_OPEN_MAX = 64 << 10,    /* bytes of a request before sign-in */
    METHOD_REQUEST_MAX = 4000000u, /* bytes of any payload: leaves room for the envelope */
};

struct MethodRow {
    const ProtobufCServiceDescriptor *service;
    const char *method; /* as in the proto file: "ListOrgs" */
    uint32_t roles;     /* METHOD_OPEN, METHOD_ANY_ROLE or METHOD_ROLE bits, with METHOD_ACCOUNTS */
    Lane lane;
    bool mutating;        /* needs an operation id; false: a read */
    uint32_t request_max; /* bytes of payload; 0: METHOD_OPEN_MAX */
    MethodHandler handler;
};

/* A row joined with its descriptors. */
typedef struct Method {
    const MethodRow *row;
    const ProtobufCMethodDescriptor *descriptor;
    char name[128]; /* "shans.v1.OrgService/ListOrgs" */
    size_t index;   /* 0..count-1, in the order of names */
} Method;

typedef struct MethodTable MethodTable;

/* Every method of every service has exactly one row and every row a method; no row lacks a handler, roles or
 * a lane; lane READ is not mutating and the others are; an open method's request_max is at most
 * METHOD_OPEN_MAX. INTERNAL / METHOD_TABLE with "method" and "fault" ("missing", "double", "unknown",
 * "handler", "roles", "lane", "size"). */
ErrCode methods_check(const MethodRow *rows, size_t row_count,
                      const ProtobufCServiceDescriptor *const *services, size_t service_count,
                      Err *err) MUST_CHECK;

/* Checks and indexes; rows must outlive the table. */
ErrCode method_table_new(const MethodRow *rows, size_t row_count,
                         const ProtobufCServiceDescriptor *const *services, size_t service_count,
                         MethodTable **ret_table, Err *err) MUST_CHECK;
void method_table_free(MethodTable *table);
size_t method_table_count(const MethodTable *table);
const Method *method_table_get(const MethodTable *table, size_t index);
const Method *method_table_find(const MethodTable *table, const char *name); /* NULL: unknown */

/* One line per method in the order of names: "name lane roles request_max", for a golden file. */
void methods_dump(const MethodTable *table, Buf *buf);

#endif
