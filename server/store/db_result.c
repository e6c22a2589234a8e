/* Owns the reading of values from libpq's results, in their binary form. Invariant: nothing is copied; what
 * is got lives as long as the result. Must not touch a connection. */
#include "server/store/db_result.h"

#include <assert.h>
#include <libpq-fe.h>
#include <stdlib.h>

#include "server/store/db_value.h"

/* Type numbers of pg_type.h; they never change. */
enum {
    TYPE_BOOL = 16,
    TYPE_BYTEA = 17,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_FLOAT8 = 701,
    TYPE_INT4_ARRAY = 1007,
    TYPE_INT8_ARRAY = 1016,
    TYPE_DATE = 1082,
    TYPE_TIMESTAMPTZ = 1184,
    TYPE_UUID = 2950,
    TYPE_XID8 = 5069
};

/* A DbResult is libpq's own result under a name of ours: nothing is copied. */
static const PGresult *raw(const DbResult *result)
{
    return (const PGresult *)result;
}

void db_result_free(DbResult *result)
{
    PQclear((PGresult *)result);
}

size_t db_rows(const DbResult *result)
{
    return (size_t)PQntuples(raw(result));
}

/* libpq gives the number as text, empty for statements that touch nothing. */
int64_t db_touched(const DbResult *result)
{
    return strtoll(PQcmdTuples((PGresult *)result), NULL, 10);
}

static Oid type_of(const DbResult *result, size_t row, size_t col)
{
    assert(row < db_rows(result) && col < (size_t)PQnfields(raw(result)));
    (void)row;
    return PQftype(raw(result), (int)col);
}

static const char *value(const DbResult *result, size_t row, size_t col)
{
    return PQgetvalue(raw(result), (int)row, (int)col);
}

bool db_is_null(const DbResult *result, size_t row, size_t col)
{
    assert(row < db_rows(result) && col < (size_t)PQnfields(raw(result)));
    return PQgetisnull(raw(result), (int)row, (int)col) != 0;
}

int64_t db_get_int64(const DbResult *result, size_t row, size_t col)
{
    Oid type = type_of(result, row, col);

    assert(type == TYPE_INT2 || type == TYPE_INT4 || type == TYPE_INT8 || type == TYPE_XID8);
    (void)type;
    return db_value_int(value(result, row, col), (size_t)PQgetlength(raw(result), (int)row, (int)col));
}

bool db_get_bool(const DbResult *result, size_t row, size_t col)
{
    assert(type_of(result, row, col) == TYPE_BOOL);
    return value(result, row, col)[0] == 1;
}

double db_get_double(const DbResult *result, size_t row, size_t col)
{
    assert(type_of(result, row, col) == TYPE_FLOAT8);
    return db_is_null(result, row, col) ? 0 : db_value_double(value(result, row, col));
}

/* The binary form of text types, names and enums is the text itself; libpq ends every value with a NUL.
 * Numbers and bytes have another form and are told apart here. */
const char *db_get_text(const DbResult *result, size_t row, size_t col)
{
    Oid type = type_of(result, row, col);

    assert(type != TYPE_BYTEA && type != TYPE_INT2 && type != TYPE_INT4 && type != TYPE_INT8 &&
           type != TYPE_BOOL);
    (void)type;
    return value(result, row, col);
}

const uint8_t *db_get_bytes(const DbResult *result, size_t row, size_t col, size_t *ret_size)
{
    assert(type_of(result, row, col) == TYPE_BYTEA);
    *ret_size = (size_t)PQgetlength(raw(result), (int)row, (int)col);
    return (const uint8_t *)value(result, row, col);
}

const uint8_t *db_get_uuid(const DbResult *result, size_t row, size_t col)
{
    assert(type_of(result, row, col) == TYPE_UUID);
    return db_is_null(result, row, col) ? NULL : (const uint8_t *)value(result, row, col);
}

int64_t db_get_time(const DbResult *result, size_t row, size_t col)
{
    assert(type_of(result, row, col) == TYPE_TIMESTAMPTZ);
    return db_is_null(result, row, col) ? 0 : db_value_time(value(result, row, col));
}

int64_t db_get_day(const DbResult *result, size_t row, size_t col)
{
    assert(type_of(result, row, col) == TYPE_DATE);
    return db_is_null(result, row, col) ? 0 : db_value_day(value(result, row, col));
}

size_t db_get_int64_array(const DbResult *result, size_t row, size_t col, int64_t *to, size_t room)
{
    Oid type = type_of(result, row, col);

    assert(type == TYPE_INT4_ARRAY || type == TYPE_INT8_ARRAY);
    (void)type;
    return db_is_null(result, row, col) ? 0 : db_value_int_array(value(result, row, col), to, room);
}
