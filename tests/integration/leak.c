/* Owns the search for leaks. Invariant: it looks at every byte and at every decoded field, whatever message
 * it is in, so that a field added later is searched too. Must not know any method. */
#include "tests/integration/leak.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "common/net/wire.h"
#include "shans/v1/system.pb-c.h"

enum { ALL_SCHOOLS = (1u << WORLD_SCHOOLS) - 1 };

typedef struct Search {
    const LeakWatch *watch;
    const char *what;
    bool refusal;
    size_t found;
} Search;

static bool hidden(const Search *search, size_t school)
{
    return (search->watch->sees & 1u << school) == 0;
}

static void report(Search *search, const char *place, const char *thing)
{
    search->found++;
    if (!search->watch->silent)
        print_message("LEAK %s: %s shows %s\n", search->what, place, thing);
}

/* A number as a word of its own: "1117" in "7/1117", not in a hash. */
static bool has_number(const char *text, int64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)number);

    for (const char *at = strstr(text, digits); at != NULL; at = strstr(at + 1, digits)) {
        bool before = at > text && isalnum((unsigned char)at[-1]) != 0;
        if (!before && isalnum((unsigned char)at[length]) == 0)
            return true;
    }
    return false;
}

static bool district_hidden(const Search *search, const char *district)
{
    for (size_t i = 0; i < WORLD_SCHOOLS; i++) {
        if (text_equal(search->watch->world->schools[i].district, district) && !hidden(search, i))
            return false;
    }
    return true;
}

/* A person is hidden when everything it sees is, and it is none of the ministry's. */
static void look_at_text(Search *search, const char *place, const char *text)
{
    const World *world = search->watch->world;
    bool echo = search->refusal && text_equal(text, search->watch->asked);

    for (size_t i = 0; i < WORLD_SCHOOLS && !echo; i++) {
        const WorldSchool *school = &world->schools[i];
        if (!hidden(search, i))
            continue;
        if (text_equal(text, school->code) || strstr(text, school->marker) != NULL ||
            has_number(text, school->figure) ||
            (text_equal(text, school->district) && district_hidden(search, school->district)))
            report(search, place, text);
    }
    for (size_t i = 0; i < WORLD_PEOPLE; i++) {
        const WorldPerson *person = &world->people[i];
        unsigned known = person->known_to != 0 ? person->known_to : person->sees;
        if ((known & search->watch->sees) == 0 && person->sees != ALL_SCHOOLS &&
            text_equal(text, person->login) && !text_equal(text, search->watch->self))
            report(search, place, text);
    }
}

/* Figures anywhere, submission numbers where submissions are numbered. */
static void look_at_number(Search *search, const char *message, const char *field, int64_t number)
{
    const World *world = search->watch->world;
    bool names_submission = text_equal(field, "submission_id") ||
                            (text_equal(field, "id") && text_equal(message, "SubmissionSummary"));
    char shown[32];

    snprintf(shown, sizeof shown, "%lld", (long long)number);
    for (size_t i = 0; i < WORLD_SCHOOLS; i++) {
        const WorldSchool *school = &world->schools[i];
        if (hidden(search, i) && (number == school->figure || number == school->figure - 9 ||
                                  (names_submission && (uint64_t)number == school->submission)))
            report(search, field, shown);
    }
}

static void look_at_message(Search *search, const ProtobufCMessage *message);

static int64_t number_at(const ProtobufCFieldDescriptor *field, const void *at)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
        return *(const int64_t *)at;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
        return *(const int32_t *)at;
    case PROTOBUF_C_TYPE_UINT32:
        return *(const uint32_t *)at;
    default:
        return 0;
    }
}

static void look_at_value(Search *search, const ProtobufCMessageDescriptor *message,
                          const ProtobufCFieldDescriptor *field, const void *at)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        if (*(const ProtobufCMessage *const *)at != NULL)
            look_at_message(search, *(const ProtobufCMessage *const *)at);
    } else if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(const char *const *)at;
        look_at_text(search, field->name, text == NULL ? "" : text);
        if (text_equal(field->name, "status_computed") && !search->watch->region && text != NULL &&
            *text != '\0')
            report(search, field->name, "a computed status below the ministry");
        if (text_equal(field->name, "school_code") && !search->watch->region &&
            (text == NULL || *text == '\0'))
            report(search, message->short_name, "a row of a school without its name");
    } else {
        look_at_number(search, message->short_name, field->name, number_at(field, at));
    }
}

static size_t value_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
        return sizeof(int64_t);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return sizeof(int32_t);
    }
}

static void look_at_message(Search *search, const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const char *at = (const char *)message + field->offset;
        if (field->label != PROTOBUF_C_LABEL_REPEATED) {
            look_at_value(search, message->descriptor, field, at);
            continue;
        }
        size_t count = *(const size_t *)(const void *)((const char *)message + field->quantifier_offset);
        const char *items = *(const char *const *)(const void *)at;
        for (size_t j = 0; j < count; j++)
            look_at_value(search, message->descriptor, field, items + j * value_size(field));
    }
}

static void look_at_bytes(Search *search, const RawReply *raw)
{
    for (size_t i = 0; i < WORLD_SCHOOLS; i++) {
        const char *marker = search->watch->world->schools[i].marker;
        if (hidden(search, i) && memmem(raw->bytes, raw->size, marker, strlen(marker)) != NULL)
            report(search, "the reply's bytes", marker);
    }
}

size_t leak_count(const LeakWatch *watch, const ProtobufCMessageDescriptor *type, const RawReply *raw,
                  const char *what, Arena *arena)
{
    Search search = {.watch = watch, .what = what, .refusal = raw->code != ERR_OK};
    ProtobufCBinaryData payload = raw->reply->payload;
    ProtobufCMessage *message;
    Err err = {0};

    look_at_bytes(&search, raw);
    look_at_message(&search, &raw->reply->base);
    if (raw->code == ERR_OK) {
        if (wire_unpack(type, payload.data, payload.len, arena, &message, &err) != ERR_OK)
            fail_msg("%s: the reply cannot be read: %s", what, err.reason);
        look_at_message(&search, message);
    }
    return search.found;
}
