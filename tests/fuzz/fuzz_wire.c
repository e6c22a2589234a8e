/* Fuzzes the wire pre-scan. The first byte chooses the message type, the rest is the message. Whatever the
 * pre-scan passes, protobuf-c must unpack, and what is packed again must pass and unpack to the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "common/net/wire.h"
#include "shans/v1/collection.pb-c.h"
#include "shans/v1/envelope.pb-c.h"
#include "shans/v1/method.pb-c.h"
#include "shans/v1/org.pb-c.h"
#include "shans/v1/system.pb-c.h"

enum { ARENA_MAX = 16 << 20, INPUT_MAX = 64 << 10 }; /* no input of this size can use up the arena */

static const ProtobufCMessageDescriptor *const types[] = {
    &shans__v1__call_request__descriptor,        &shans__v1__call_reply__descriptor,
    &shans__v1__submit_request__descriptor,      &shans__v1__import_risk_tables_request__descriptor,
    &shans__v1__review_request__descriptor,      &shans__v1__get_submission_reply__descriptor,
    &shans__v1__import_orgs_request__descriptor, &shans__v1__explain_reply__descriptor,
    &shans__v1__list_orgs_request__descriptor,   &shans__v1__put_methodology_request__descriptor,
    &shans__v1__get_matrix_reply__descriptor,    &shans__v1__echo_request__descriptor,
};

static void require(int held)
{
    if (!held)
        abort();
}

static void check_again(const ProtobufCMessage *message, Arena *arena)
{
    ProtobufCMessage *again = NULL;
    Err err = {0};
    Buf first, second;

    buf_init(&first, ARENA_MAX);
    buf_init(&second, ARENA_MAX);
    wire_pack(message, &first);
    require(!first.failed);
    require(wire_unpack(message->descriptor, (const uint8_t *)first.data, first.length, arena, &again,
                        &err) == ERR_OK);
    wire_pack(again, &second);
    require(first.length == second.length &&
            (first.length == 0 || memcmp(first.data, second.data, first.length) == 0));
    buf_done(&first);
    buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > INPUT_MAX)
        return 0;
    const ProtobufCMessageDescriptor *type = types[data[0] % (sizeof types / sizeof types[0])];
    Arena *arena = arena_new(ARENA_MAX, NULL);
    ProtobufCMessage *message = NULL;
    Err err = {0};

    require(arena != NULL);
    ErrCode code = wire_unpack(type, data + 1, size - 1, arena, &message, &err);
    require(code == ERR_OK || (code == ERR_INVALID_ARGUMENT && strncmp(err.reason, "WIRE_", 5) == 0));
    if (code == ERR_OK)
        check_again(message, arena);
    arena_free(arena);
    return 0;
}
