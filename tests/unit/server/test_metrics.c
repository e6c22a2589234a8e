/* The metrics page: well formed whatever is called, and small; and the lint that says so can itself fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/methods.h"
#include "server/rpc/metrics.h"
#include "tests/support/promlint.h"

enum { PAGE_SIZE = 1 << 20 };

static MethodTable *table;
static Metrics *metrics;
static Buf page;

static int set_up(void **state)
{
    Err err = {0};

    (void)state;
    assert_int_equal(method_table_new(server_methods, server_method_count, server_services,
                                      server_service_count, &table, &err),
                     ERR_OK);
    metrics = metrics_new(table);
    assert_non_null(metrics);
    buf_init(&page, PAGE_SIZE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_done(&page);
    metrics_free(metrics);
    method_table_free(table);
    return 0;
}

static size_t look(void)
{
    size_t series;

    buf_clear(&page);
    metrics_dump(metrics, &page);
    const char *fault = promlint(page.data, &series);
    if (fault != NULL)
        fail_msg("%s", fault);
    return series;
}

/* Everything that can be called, with every code, in every length of time: the worst page there can be. The
 * other metrics are at most 40 series. */
static void the_page_stays_small(void **state)
{
    (void)state;
    assert_int_equal(look(), 0);
    for (size_t method = 0; method <= method_table_count(table); method++) {
        for (int code = 0; code < ERR_CODE_COUNT; code++) {
            const Method *row = method < method_table_count(table) ? method_table_get(table, method) : NULL;
            metrics_count(metrics, row, (ErrCode)code, 1 << code);
        }
    }
    assert_true(look() + 40 <= METRICS_SERIES_MAX);
    assert_non_null(strstr(page.data, "{method=\"other\",code=\"OK\"}"));
}

/* A call is in the total whether its pair had a place or not. */
static void no_call_is_lost(void **state)
{
    uint64_t total = 0;

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t method = 0; method < method_table_count(table); method++) {
            for (int code = 0; code < ERR_CODE_COUNT; code++)
                metrics_count(metrics, method_table_get(table, method), (ErrCode)code, 3);
        }
    }
    look();
    for (const char *at = page.data; (at = strstr(at, "\nshans_rpc_calls_total{")) != NULL;)
        total += strtoull(strchr(++at, ' '), NULL, 10);
    assert_int_equal(total, 3 * method_table_count(table) * ERR_CODE_COUNT);
}

/* Names, types and labels of the table itself: documents are made from it. */
static void the_table_is_whole(void **state)
{
    (void)state;
    for (int id = 0; id < METRIC_COUNT; id++) {
        size_t series;

        assert_non_null(metric_defs[id].name);
        assert_non_null(metric_defs[id].labels);
        buf_clear(&page);
        metric_head((MetricId)id, &page);
        const char *fault = promlint(page.data, &series);
        if (fault != NULL)
            fail_msg("%s", fault);
    }
    buf_clear(&page);
    metric_one(METRIC_READY, 1, &page);
    assert_string_equal(page.data, "# HELP shans_ready 1 while the server can do its work.\n"
                                   "# TYPE shans_ready gauge\nshans_ready 1\n");
}

#define HEAD(name, type) "# HELP " name " x\n# TYPE " name " " type "\n"

static void the_lint_finds_faults(void **state)
{
    static const char *const wrong[] = {
        "shans_a 1\n",
        "# TYPE shans_a gauge\nshans_a 1\n",
        HEAD("shans_a", "gauge") "shans_a 1",
        HEAD("other_a", "gauge") "other_a 1\n",
        HEAD("shans_A", "gauge") "shans_A 1\n",
        HEAD("shans_a_ms", "gauge") "shans_a_ms 1\n",
        HEAD("shans_a", "counter") "shans_a 1\n",
        HEAD("shans_a_total", "gauge") "shans_a_total 1\n",
        HEAD("shans_a_total", "counter") "shans_a_total -1\n",
        HEAD("shans_a", "summary") "shans_a 1\n",
        HEAD("shans_a", "gauge") "shans_b 1\n",
        HEAD("shans_a", "gauge") "shans_a 1\nshans_a 2\n",
        HEAD("shans_a", "gauge") "shans_a one\n",
        HEAD("shans_a", "gauge") "shans_a{x=1} 1\n",
        HEAD("shans_a", "gauge") "shans_a{x=\"1} 1\n",
        HEAD("shans_a", "gauge") "shans_a{x=\"1\" 1\n",
        HEAD("shans_a", "gauge") "shans_a 1\n" HEAD("shans_a", "gauge"),
        HEAD("shans_h", "histogram") "shans_h_bucket{le=\"1\"} 1\nshans_h_sum 1\n",
        HEAD("shans_h", "histogram") "shans_h_bucket{le=\"1\"} 2\nshans_h_bucket{le=\"+Inf\"} 1\n",
        HEAD("shans_h", "histogram") "shans_h_bucket{le=\"2\"} 1\nshans_h_bucket{le=\"1\"} 1\n",
        HEAD("shans_h", "histogram") "shans_h_bucket{le=\"+Inf\"} 1\nshans_h_count 1\n",
        HEAD("shans_h", "histogram") "shans_h_bucket{le=\"+Inf\"} 1\nshans_h_sum 1\nshans_h_count 2\n",
    };
    size_t series;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (promlint(wrong[i], &series) == NULL)
            fail_msg("passes: %s", wrong[i]);
    }
    assert_null(
        promlint(HEAD("shans_h", "histogram") "shans_h_bucket{a=\"x\\\"\",le=\"+Inf\"} 1\n"
                                              "shans_h_sum{a=\"x\\\"\"} 1\nshans_h_count{a=\"x\\\"\"} 1\n",
                 &series));
    assert_int_equal(series, 3);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_page_stays_small),
        TEST(no_call_is_lost),
        TEST(the_table_is_whole),
        cmocka_unit_test(the_lint_finds_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
