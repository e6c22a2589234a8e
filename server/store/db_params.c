/* Owns how values are written as statement parameters. Invariant: every value ends with a NUL inside `data`
 * that its size does not count, and offsets stay valid when the buffer moves. Must not know libpq. */
#include "server/store/db_params.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void db_params_init(DbParams *params)
{
    memset(params, 0, sizeof *params);
    buf_init(&params->data, DB_PARAMS_BYTES_MAX);
}

void db_params_clear(DbParams *params)
{
    buf_clear(&params->data);
    params->count = 0;
    params->failed = false;
}

void db_params_done(DbParams *params)
{
    buf_done(&params->data);
    params->count = 0;
}

/* One too many goes into the spare place behind the others, so that callers check once, at the end. */
static struct DbParam *start(DbParams *params)
{
    struct DbParam *item = &params->items[params->count];

    if (params->count == DB_PARAMS_MAX)
        params->failed = true;
    else
        params->count++;
    memset(item, 0, sizeof *item);
    item->offset = params->data.length;
    return item;
}

/* Values lie behind each other in one buffer; the NUL makes the text ones readable where they lie. */
static void finish(DbParams *params, struct DbParam *item)
{
    item->size = params->data.length - item->offset;
    buf_char(&params->data, '\0');
    if (params->data.failed)
        params->failed = true;
}

static void add_text(DbParams *params, const char *text)
{
    struct DbParam *item = start(params);

    buf_text(&params->data, text);
    finish(params, item);
}

/* Bytes go in binary: as text they would be twice as long and could be misread under another bytea_output. */
static void add_binary(DbParams *params, const void *bytes, size_t size)
{
    struct DbParam *item = start(params);

    item->binary = true;
    buf_add(&params->data, bytes, size);
    finish(params, item);
}

/* Microseconds are what PostgreSQL keeps, so a millisecond survives the text unchanged; to_timestamp would go
 * through a double. Plain arithmetic on the Gregorian calendar, in UTC. */
static void write_time(Buf *buf, int64_t unix_ms)
{
    int64_t day = unix_ms / 86400000, rest = unix_ms % 86400000;
    int64_t era, year_of_era, day_of_era, day_of_year, month_shifted, year;

    if (rest < 0) {
        rest += 86400000;
        day -= 1;
    }
    /* Civil date from a day number, counting years from 1 March in eras of 400 years (146,097 days). */
    day += 719468;
    era = (day >= 0 ? day : day - 146096) / 146097;
    day_of_era = day - era * 146097;
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    month_shifted = (5 * day_of_year + 2) / 153;
    year = year_of_era + era * 400 + (month_shifted >= 10 ? 1 : 0);
    buf_printf(
        buf,
        "%04" PRId64 "-%02" PRId64 "-%02" PRId64 "T%02" PRId64 ":%02" PRId64 ":%02" PRId64 ".%03" PRId64 "Z",
        year, month_shifted + (month_shifted < 10 ? 3 : -9), day_of_year - (153 * month_shifted + 2) / 5 + 1,
        rest / 3600000, rest / 60000 % 60, rest / 1000 % 60, rest % 1000);
}

void db_param_null(DbParams *params)
{
    struct DbParam *item = start(params);

    item->null = true;
}

void db_param_int64(DbParams *params, int64_t value)
{
    struct DbParam *item = start(params);

    buf_printf(&params->data, "%" PRId64, value);
    finish(params, item);
}

void db_param_int64_or_null(DbParams *params, const int64_t *value)
{
    if (value)
        db_param_int64(params, *value);
    else
        db_param_null(params);
}

void db_param_bool(DbParams *params, bool value)
{
    add_text(params, value ? "t" : "f");
}

void db_param_text(DbParams *params, const char *text)
{
    if (text)
        add_text(params, text);
    else
        db_param_null(params);
}

void db_param_bytes(DbParams *params, const void *bytes, size_t size)
{
    if (bytes)
        add_binary(params, bytes, size);
    else
        db_param_null(params);
}

void db_param_uuid(DbParams *params, const uint8_t *id)
{
    db_param_bytes(params, id, 16);
}

void db_param_time(DbParams *params, int64_t unix_ms)
{
    struct DbParam *item = start(params);

    write_time(&params->data, unix_ms);
    finish(params, item);
}

/* 17 digits give back every double exactly. */
void db_param_double(DbParams *params, double value)
{
    struct DbParam *item = start(params);

    buf_printf(&params->data, "%.17g", value);
    finish(params, item);
}

/* Arrays in PostgreSQL's text form: {1,NULL,"a \"b\""}.
 * Quotes always: without them NULL, {}, commas and spaces would mean something else. */
static void write_quoted(Buf *buf, const char *text)
{
    buf_char(buf, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buf_char(buf, '\\');
        buf_char(buf, *text);
    }
    buf_char(buf, '"');
}

static void write_hex(Buf *buf, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        buf_char(buf, digits[bytes[i] >> 4]);
        buf_char(buf, digits[bytes[i] & 15]);
    }
}

void db_param_int64_array(DbParams *params, const int64_t *values, const bool *nulls, size_t count)
{
    struct DbParam *item = start(params);

    buf_char(&params->data, '{');
    for (size_t i = 0; i < count; i++) {
        if (nulls && nulls[i])
            buf_printf(&params->data, "%sNULL", i ? "," : "");
        else
            buf_printf(&params->data, "%s%" PRId64, i ? "," : "", values[i]);
    }
    buf_char(&params->data, '}');
    finish(params, item);
}

void db_param_time_array(DbParams *params, const int64_t *unix_ms, const bool *nulls, size_t count)
{
    struct DbParam *item = start(params);

    buf_char(&params->data, '{');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_char(&params->data, ',');
        if (nulls && nulls[i])
            buf_text(&params->data, "NULL");
        else
            write_time(&params->data, unix_ms[i]);
    }
    buf_char(&params->data, '}');
    finish(params, item);
}

void db_param_bool_array(DbParams *params, const bool *values, size_t count)
{
    struct DbParam *item = start(params);

    buf_char(&params->data, '{');
    for (size_t i = 0; i < count; i++)
        buf_printf(&params->data, "%s%c", i ? "," : "", values[i] ? 't' : 'f');
    buf_char(&params->data, '}');
    finish(params, item);
}

void db_param_text_array(DbParams *params, const char *const *values, size_t count)
{
    struct DbParam *item = start(params);

    buf_char(&params->data, '{');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_char(&params->data, ',');
        if (values[i])
            write_quoted(&params->data, values[i]);
        else
            buf_text(&params->data, "NULL");
    }
    buf_char(&params->data, '}');
    finish(params, item);
}

void db_param_bytes_array(DbParams *params, const void *const *values, const size_t *sizes, size_t count)
{
    struct DbParam *item = start(params);

    buf_char(&params->data, '{');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_char(&params->data, ',');
        if (values[i]) {
            buf_text(&params->data, "\"\\\\x"); /* inside an array the backslash of \x is escaped */
            write_hex(&params->data, values[i], sizes[i]);
            buf_char(&params->data, '"');
        } else {
            buf_text(&params->data, "NULL");
        }
    }
    buf_char(&params->data, '}');
    finish(params, item);
}

void db_param_uuid_array(DbParams *params, const uint8_t (*ids)[16], size_t count)
{
    struct DbParam *item = start(params);

    buf_char(&params->data, '{');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_char(&params->data, ',');
        write_hex(&params->data, ids[i], 16); /* PostgreSQL reads 32 digits without dashes */
    }
    buf_char(&params->data, '}');
    finish(params, item);
}
