/* Identifiers: layout of UUIDv7, order whatever the clock does, text form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/ids.h"

static void layout_is_version_seven(void **state)
{
    (void)state;
    Clock clock = clock_fixed(0x0123456789AB);
    Rand rand = rand_seeded(1);
    IdMaker maker = id_maker(&clock, &rand);
    uint8_t id[ID_SIZE];

    for (int i = 0; i < 1000; i++) {
        id_make(&maker, id);
        assert_memory_equal(id, "\x01\x23\x45\x67\x89\xAB", 6);
        assert_int_equal(id[6] >> 4, 7);
        assert_int_equal(id[8] >> 6, 2);
    }
}

/* Makes many ids while the clock does what move says; each must be greater than the one before. */
static void check_order(int64_t (*move)(int64_t now, int i), int count)
{
    Clock clock = clock_fixed(1700000000000);
    Rand rand = rand_seeded(2);
    IdMaker maker = id_maker(&clock, &rand);
    uint8_t before[ID_SIZE] = {0}, id[ID_SIZE];

    for (int i = 0; i < count; i++) {
        clock.fixed_ms = move(clock.fixed_ms, i);
        id_make(&maker, id);
        if (memcmp(before, id, ID_SIZE) >= 0)
            fail_msg("id %d is not greater than the one before", i);
        memcpy(before, id, ID_SIZE);
    }
}

static int64_t stand(int64_t now, int i)
{
    (void)i;
    return now;
}

static int64_t jump_back(int64_t now, int i)
{
    return i % 10 == 9 ? now - 5000 : now + 1;
}

static int64_t run(int64_t now, int i)
{
    return now + i % 3;
}

static void ids_ascend(void **state)
{
    (void)state;
    check_order(stand, 200000);
    check_order(jump_back, 20000);
    check_order(run, 20000);
}

static void counter_overflow_borrows_a_millisecond(void **state)
{
    (void)state;
    Clock clock = clock_fixed(1000);
    Rand rand = rand_seeded(3);
    IdMaker maker = id_maker(&clock, &rand);
    uint8_t before[ID_SIZE], id[ID_SIZE];

    id_make(&maker, id);
    maker.counter = (1u << 26) - 2;
    id_make(&maker, before);
    assert_int_equal(before[5], 1000 & 0xFF);
    id_make(&maker, id);
    assert_int_equal(id[5], 1001 & 0xFF);
    assert_true(memcmp(before, id, ID_SIZE) < 0);
    clock.fixed_ms = 1001; /* the clock catches up with the borrowed time */
    memcpy(before, id, ID_SIZE);
    id_make(&maker, id);
    assert_true(memcmp(before, id, ID_SIZE) < 0);
}

static void makers_do_not_collide(void **state)
{
    (void)state;
    Clock clock = clock_fixed(1000);
    Rand system = rand_system();
    IdMaker a = id_maker(&clock, &system), b = id_maker(&clock, &system);
    uint8_t first[ID_SIZE], second[ID_SIZE];

    id_make(&a, first);
    id_make(&b, second);
    assert_memory_not_equal(first, second, ID_SIZE);
}

static void text_round_trips(void **state)
{
    (void)state;
    Rand rand = rand_seeded(4);

    for (int i = 0; i < 200; i++) {
        uint8_t id[ID_SIZE], back[ID_SIZE];
        char text[ID_TEXT_SIZE];
        rand_bytes(&rand, id, ID_SIZE);
        id_dump(id, text);
        assert_int_equal(strlen(text), ID_TEXT_SIZE - 1);
        assert_true(id_parse(text, back));
        assert_memory_equal(id, back, ID_SIZE);
    }
}

static void text_is_the_usual_form(void **state)
{
    (void)state;
    uint8_t id[ID_SIZE];
    char text[ID_TEXT_SIZE];

    assert_true(id_parse("01919F2C-7B3a-7def-8001-0123456789ab", id));
    assert_memory_equal(id, "\x01\x91\x9F\x2C\x7B\x3A\x7D\xEF\x80\x01\x01\x23\x45\x67\x89\xAB", ID_SIZE);
    id_dump(id, text);
    assert_string_equal(text, "01919f2c-7b3a-7def-8001-0123456789ab");
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "-",
        "0",
        "01919f2c",
        "01919f2c-7b3a-7def-8001-0123456789a",
        "01919f2c-7b3a-7def-8001-0123456789abc",
        "01919f2c-7b3a-7def-8001-0123456789ag",
        "01919f2c07b3a-7def-8001-0123456789ab",
        "01919f2c7b3a7def80010123456789ab",
        "{01919f2c-7b3a-7def-8001-0123456789ab}",
        " 01919f2c-7b3a-7def-8001-0123456789ab",
        "01919f2c-7b3a-7def-8001-0123456789ab ",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t id[ID_SIZE] = "kept kept kept!";
        assert_false(id_parse(bad[i], id));
        assert_memory_equal(id, "kept kept kept!", ID_SIZE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_is_version_seven),
        cmocka_unit_test(ids_ascend),
        cmocka_unit_test(counter_overflow_borrows_a_millisecond),
        cmocka_unit_test(makers_do_not_collide),
        cmocka_unit_test(text_round_trips),
        cmocka_unit_test(text_is_the_usual_form),
        cmocka_unit_test(other_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
