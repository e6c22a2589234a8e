/* Owns the index of RPC methods. Invariant: rows and generated methods are in one-to-one correspondence, or
 * the table is not made. Must not run handlers. */
#include "server/rpc/method.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct MethodTable {
    size_t count;
    Method methods[];
};

static ErrCode fault(const char *service, const char *method, const char *what, Err *err)
{
    err_set(err, ERR_INTERNAL, "METHOD_TABLE");
    err_arg(err, "method", "%s/%s", service, method);
    return err_arg(err, "fault", "%s", what);
}

static bool same(const MethodRow *row, const ProtobufCServiceDescriptor *service, const char *method)
{
    return row->service == service && strcmp(row->method, method) == 0;
}

/* What is wrong with a row taken by itself; NULL: nothing. A mutating method must not run in the READ lane,
 * where no transaction that writes is begun. */
static const char *row_fault(const MethodRow *row)
{
    const uint32_t callers = METHOD_OPEN | METHOD_ANY_ROLE, known = callers | METHOD_ACCOUNTS;
    uint32_t size = row->request_max == 0 ? METHOD_OPEN_MAX : row->request_max;

    if (row->handler == NULL)
        return "handler";
    if ((row->roles & callers) == 0 || (row->roles & ~known) != 0)
        return "roles";
    if (row->lane < LANE_READ || row->lane > LANE_SUBMIT || row->mutating != (row->lane != LANE_READ))
        return "lane";
    if (size > METHOD_REQUEST_MAX || ((row->roles & METHOD_OPEN) != 0 && size > METHOD_OPEN_MAX))
        return "size";
    return NULL;
}

/* A row for a service that is not served would never be reached. */
static bool service_known(const ProtobufCServiceDescriptor *const *services, size_t count,
                          const ProtobufCServiceDescriptor *service)
{
    for (size_t i = 0; i < count; i++) {
        if (services[i] == service)
            return true;
    }
    return false;
}

ErrCode methods_check(const MethodRow *rows, size_t row_count,
                      const ProtobufCServiceDescriptor *const *services, size_t service_count, Err *err)
{
    for (size_t i = 0; i < row_count; i++) {
        const MethodRow *row = &rows[i];

        if (!service_known(services, service_count, row->service) ||
            protobuf_c_service_descriptor_get_method_by_name(row->service, row->method) == NULL)
            return fault(row->service != NULL ? row->service->name : "", row->method, "unknown", err);
        const char *what = row_fault(row);
        if (what != NULL)
            return fault(row->service->name, row->method, what, err);
    }
    for (size_t s = 0; s < service_count; s++) {
        for (unsigned m = 0; m < services[s]->n_methods; m++) {
            const char *method = services[s]->methods[m].name;
            size_t found = 0;

            for (size_t i = 0; i < row_count; i++)
                found += same(&rows[i], services[s], method);
            if (found != 1)
                return fault(services[s]->name, method, found == 0 ? "missing" : "double", err);
        }
    }
    return ERR_OK;
}

static int compare_methods(const void *a, const void *b)
{
    return strcmp(((const Method *)a)->name, ((const Method *)b)->name);
}

ErrCode method_table_new(const MethodRow *rows, size_t row_count,
                         const ProtobufCServiceDescriptor *const *services, size_t service_count,
                         MethodTable **ret_table, Err *err)
{
    ErrCode code = methods_check(rows, row_count, services, service_count, err);

    if (code != ERR_OK)
        return code;
    MethodTable *table = calloc(1, sizeof *table + row_count * sizeof(Method));
    if (table == NULL)
        return err_memory(err);
    for (size_t i = 0; i < row_count; i++) {
        Method *method = &table->methods[i];

        method->row = &rows[i];
        method->descriptor =
            protobuf_c_service_descriptor_get_method_by_name(rows[i].service, rows[i].method);
        snprintf(method->name, sizeof method->name, "%s/%s", rows[i].service->name, rows[i].method);
    }
    qsort(table->methods, row_count, sizeof(Method), compare_methods);
    table->count = row_count;
    for (size_t i = 0; i < row_count; i++)
        table->methods[i].index = i;
    *ret_table = table;
    return ERR_OK;
}

void method_table_free(MethodTable *table)
{
    free(table);
}

size_t method_table_count(const MethodTable *table)
{
    return table->count;
}

const Method *method_table_get(const MethodTable *table, size_t index)
{
    return &table->methods[index];
}

const Method *method_table_find(const MethodTable *table, const char *name)
{
    size_t low = 0, high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, table->methods[middle].name);

        if (order == 0)
            return &table->methods[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

void methods_dump(const MethodTable *table, Buf *buf)
{
    static const char *const lanes[] = {
        [LANE_READ] = "read", [LANE_WRITE] = "write", [LANE_SUBMIT] = "submit"};

    for (size_t i = 0; i < table->count; i++) {
        const MethodRow *row = table->methods[i].row;

        buf_printf(buf, "%s %s 0x%02x %u\n", table->methods[i].name, lanes[row->lane], row->roles,
                   row->request_max == 0 ? METHOD_OPEN_MAX : row->request_max);
    }
}
