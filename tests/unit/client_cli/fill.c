/* Owns replies made up from the protocol itself: every field has a value, every list one item. Invariant:
 * the same descriptor gives the same bytes. Must not know any command. */
#include "tests/unit/client_cli/fill.h"

#include <string.h>

#include "common/core/text.h"
#include "shans/v1/admin.pb-c.h"
#include "shans/v1/collection.pb-c.h"
#include "shans/v1/delivery.pb-c.h"
#include "shans/v1/method.pb-c.h"
#include "shans/v1/org.pb-c.h"
#include "shans/v1/system.pb-c.h"

static const ProtobufCServiceDescriptor *const services[] = {
    &shans__v1__admin_service__descriptor,    &shans__v1__collection_service__descriptor,
    &shans__v1__delivery_service__descriptor, &shans__v1__list_service__descriptor,
    &shans__v1__method_service__descriptor,   &shans__v1__org_service__descriptor,
    &shans__v1__system_service__descriptor,
};

/* What a field of this name holds, so that codes are codes and dates are dates. */
static const char *text_of(const char *name)
{
    static const struct {
        const char *part, *text;
    } rows[] = {
        {"page_token", ""},     {"valid_", "2021-09-01"},    {"date", "2021-09-01"},
        {"_on", "2021-09-01"},  {"period", "2021"},          {"form_code", "assessment_results"},
        {"section", "results"}, {"row", "VPR.MATH.6"},       {"field", "enrolled"},
        {"place", "a/b/c"},     {"code", "66-training-901"}, {"under", "66-training"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strstr(name, rows[i].part) != NULL)
            return rows[i].text;
    return "text";
}

static ProtobufCMessage *fill(const ProtobufCMessageDescriptor *descriptor, Arena *arena);

/* One value of the field's type at `to`; its size. */
static size_t put_value(const ProtobufCFieldDescriptor *field, void *to, Arena *arena)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_SINT64:
        *(int64_t *)to = strstr(field->name, "_ms") != NULL ? 1700000000000 : 1;
        return sizeof(int64_t);
    case PROTOBUF_C_TYPE_STRING:
        *(char **)to = arena_text(arena, text_of(field->name));
        return sizeof(char *);
    case PROTOBUF_C_TYPE_BYTES:
        *(ProtobufCBinaryData *)to = (ProtobufCBinaryData){1, arena_alloc(arena, 1)};
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)to = fill(field->descriptor, arena);
        return sizeof(ProtobufCMessage *);
    default:
        *(int32_t *)to = strcmp(field->name, "year") == 0 ? 2022 : 1;
        return sizeof(int32_t);
    }
}

/* A message with every field set; of a choice the first member. */
static ProtobufCMessage *fill(const ProtobufCMessageDescriptor *descriptor, Arena *arena)
{
    char *message = arena_alloc(arena, descriptor->sizeof_message);

    if (message == NULL)
        return NULL;
    protobuf_c_message_init(descriptor, message);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        void *at = message + field->offset;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            void *items = arena_alloc(arena, 64);
            put_value(field, items, arena);
            *(void **)at = items;
            *(size_t *)(void *)(message + field->quantifier_offset) = 1;
            continue;
        }
        if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
            uint32_t *chosen = (uint32_t *)(void *)(message + field->quantifier_offset);
            if (*chosen != 0)
                continue;
            *chosen = field->id;
        }
        put_value(field, at, arena);
    }
    return (ProtobufCMessage *)(void *)message;
}

bool fill_reply(const char *method, Arena *arena, const void **ret_reply, size_t *ret_size)
{
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        size_t length = strlen(services[i]->name);
        if (strncmp(method, services[i]->name, length) != 0 || method[length] != '/')
            continue;
        const ProtobufCMethodDescriptor *found =
            protobuf_c_service_descriptor_get_method_by_name(services[i], method + length + 1);
        const ProtobufCMessage *reply = found == NULL ? NULL : fill(found->output, arena);
        uint8_t *bytes = reply == NULL ? NULL : arena_alloc(arena, protobuf_c_message_get_packed_size(reply));
        if (bytes == NULL)
            return false;
        *ret_size = protobuf_c_message_pack(reply, bytes);
        *ret_reply = bytes;
        return true;
    }
    return false;
}
