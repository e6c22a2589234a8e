/* Files and command lines as people really get them wrong: what is said, where it points, and how it ends, in
 * both languages. Nothing of a wrong file is ever sent. */
#include "tests/unit/client_cli/fake.h"

#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "shans/v1/collection.pb-c.h"
#include "shans/v1/org.pb-c.h"

#define HEAD                                                                                                 \
    "school,period,row,enrolled,registered,participants,absent_valid,absent_other,mark2,mark3,mark4,mark5,"  \
    "below_min\n"
#define SOUND "66-a-1,2021,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n"

/* The server knows 66-a-1 and has nothing of it. */
static void add_school(void)
{
    Shans__V1__Org school = SHANS__V1__ORG__INIT, *orgs[] = {&school};
    Shans__V1__ListOrgsReply known = SHANS__V1__LIST_ORGS_REPLY__INIT;
    Shans__V1__ListSubmissionsReply none = SHANS__V1__LIST_SUBMISSIONS_REPLY__INIT;

    school.code = "66-a-1";
    known.orgs = orgs;
    known.n_orgs = 1;
    fake_add("ListOrgs", &known.base);
    fake_add("ListSubmissions", &none.base);
}

typedef struct Mistake {
    const char *file, *reason; /* the whole file; what is quoted to the administrator */
    const char *english, *russian;
} Mistake;

static const Mistake mistakes[] = {
    {HEAD "66-a-1,2021,VPR.RUS.5,forty,20,19,1,0,1,8,7,3,1\n", "[CELL_NOT_A_NUMBER]", "forty", "«forty»"},
    {HEAD "66-a-1,2021,VPR.RUS.5,40,45,45,0,0,1,20,20,4,1\n", "[PARTICIPANTS_LE_ENROLLED]",
     "results/VPR.RUS.5/participants", "Участников больше, чем обучающихся по списку"},
    {HEAD "66-a-1,2021,VPR.RUS.5,20,20,19,1,0,1,8,7,2,1\n", "[MARKS_SUM]", "results/VPR.RUS.5/",
     "Сумма отметок не равна числу участников"},
    {HEAD "66-a-1,2021,VPR.RUS.5,20,20,-19,1,0,1,8,7,3,1\n", "participants", "error", "ошибка"},
    {HEAD "66-a-9,2021,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n", "[IMPORT_SCHOOL_UNKNOWN]",
     "The school 66-a-9 is unknown, or is not yours", "Школа 66-a-9 неизвестна или относится не к вам"},
    {HEAD "not~a~code,2021,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n", "[IMPORT_SCHOOL_CODE]",
     "is not a school code", "не код школы"},
    {HEAD "66-a-1,21,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n", "[IMPORT_PERIOD]", "is not a period of this form",
     "не период этой формы"},
    {HEAD "66-a-1,2021,VPR.RUS.55,20,20,19,1,0,1,8,7,3,1\n", "[IMPORT_ROW_UNKNOWN]",
     "The form has no row \"VPR.RUS.55\"", "В форме нет строки «VPR.RUS.55»"},
    {HEAD "66-a-1,2021,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1,99,98\n", "[IMPORT_ROW_LONG]",
     "The row has more cells than the heading", "В строке больше ячеек, чем в заголовке"},
    {"school,period,row,enroled\n66-a-1,2021,VPR.RUS.5,20\n", "[IMPORT_COLUMN_NEAR]", "Perhaps enrolled?",
     "Возможно, enrolled?"},
    {"school,period,row,enrolled,enrolled\n66-a-1,2021,VPR.RUS.5,20,20\n", "[IMPORT_COLUMN_TWICE]",
     "stands twice", "встречается дважды"},
    {"period,row,enrolled\n2021,VPR.RUS.5,20\n", "[IMPORT_NO_SCHOOL]", "no column \"school\"",
     "нет столбца «school»"},
    {"school,row,enrolled\n66-a-1,VPR.RUS.5,20\n", "[IMPORT_NO_PERIOD]", "give --period", "укажите --period"},
    {"", "[CSV_EMPTY]", "The file holds no rows", "нет ни одной строки"},
    {HEAD, "[CSV_EMPTY]", "The file holds no rows", "нет ни одной строки"},
    {"PK\x03\x04\x14,", "[XLSX_DAMAGED]", "The workbook is damaged", "Файл книги повреждён"},
    {"\x89PNG\r\n\x1A\n,", "[CSV_BINARY]", "This is not a text file", "Это не текстовый файл"},
    {HEAD "66-a-1,2021,\"VPR.RUS.5,20\n", "[CSV_QUOTE_OPEN]", "is never closed", "не закрыта"},
    {HEAD "66-a-1,2021,\"VPR\"RUS,20\n", "[CSV_QUOTE_TAIL]", "follow the closing quote",
     "после закрывающей кавычки"},
    {HEAD "66-a-1,2021,VPR.RUS.5,\xD1\xEE\xF0\xEE\xEA,20,19,1,0,1,8,7,3,1\n", "[CELL_NOT_A_NUMBER]",
     "“Сорок”", "«Сорок»"},
};

static void test_files(void **state)
{
    (void)state;
    add_school();
    fake.confirm = true;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        fake_file("r.csv", mistakes[i].file);
        fake.lang = "en";
        assert_int_equal(fake_run("results import @/r.csv"), 5);
        assert_has(fake.err, mistakes[i].reason);
        assert_has(fake.err, mistakes[i].english);
        assert_string_equal(fake.out, "");
        fake.lang = "ru";
        assert_int_equal(fake_run("results import @/r.csv"), 5);
        assert_has(fake.err, mistakes[i].reason);
        assert_has(fake.err, mistakes[i].russian);
        assert_has(fake.err, "Ошибка: ");
    }
    assert_int_equal(fake_count("Submit"), 0);
}

/* What looks wrong and is not: semicolons, the mark of UTF-8, line ends of Windows, spaces in numbers. */
static void test_sound_files(void **state)
{
    static const char *const files[] = {
        HEAD SOUND,
        "\xEF\xBB\xBF" HEAD SOUND,
        "school;period;row;enrolled;registered;participants;absent_valid;absent_other;mark2;mark3;mark4;"
        "mark5;"
        "below_min\r\n66-a-1;2021;VPR.RUS.5;20;20;19;1;0;1;8;7;3;1\r\n",
        HEAD "66-a-1,2021,VPR.RUS.5, 20 ,20,19,1,0,1,8,7,3,1",
        HEAD "\"66-a-1\",\"2021\",\"VPR.RUS.5\",\"20\",20,19,1,0,1,8,7,3,1\n",
    };

    (void)state;
    add_school();
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        fake_file("r.csv", files[i]);
        if (fake_run("results import @/r.csv --dry-run") != 0)
            fail_msg("file %zu: %s%s", i, fake.out, fake.err);
        assert_has(fake.out, "No remarks.");
    }
}

/* As many arguments as the command asks for, each of a form that parsing accepts. */
static void make_line(const CommandDef *command, size_t arguments, char *line, size_t size)
{
    snprintf(line, size, "%s%s%s", command->noun, command->verb[0] == '\0' ? "" : " ", command->verb);
    for (size_t i = 0; i < arguments; i++) {
        size_t length = strlen(line);
        snprintf(line + length, size - length, " 1");
    }
}

static size_t count_lines_of(const char *text, const char *start)
{
    size_t count = 0;

    for (const char *at = text; at != NULL && *at != '\0';) {
        count += text_starts(at, start);
        at = strchr(at, '\n');
        at = at == NULL ? NULL : at + 1;
    }
    return count;
}

/* Every command without its arguments says which it wants, in the language asked for. */
static void test_too_few(void **state)
{
    (void)state;
    for (size_t i = 0; i < cli_command_count; i++) {
        char line[256];
        if (cli_commands[i].least == 0)
            continue;
        make_line(&cli_commands[i], cli_commands[i].least - 1u, line, sizeof line);
        fake.lang = "en";
        assert_int_equal(fake_run(line), 2);
        assert_has(fake.err, cli_commands[i].arguments);
        fake.lang = "ru";
        assert_int_equal(fake_run(line), 2);
        assert_has(fake.err, "Не хватает аргументов");
        assert_null(strstr(fake.err, "CODE"));
        assert_null(strstr(fake.err, "FILE"));
        assert_null(strstr(fake.err, "ID"));
    }
    assert_int_equal(fake.call_count, 0);
}

/* With nobody at the other end every command still ends, with one error and an exit code that help lists. */
static void test_server_away(void **state)
{
    static const int documented[] = {0, 2, 3, 4, 5, 8};

    (void)state;
    fake.lang = "ru";
    for (size_t i = 0; i < cli_command_count; i++) {
        char line[256];
        bool listed = false;
        /* --watch aside, which waits for a signal, every command is asked as shortly as it can be */
        make_line(&cli_commands[i], cli_commands[i].least, line, sizeof line - 16);
        text_copy(line + strlen(line), 16, " --timeout 1");
        fake.call_count = 0;
        int code = fake_run(line);
        for (size_t k = 0; k < sizeof documented / sizeof documented[0]; k++)
            listed = listed || code == documented[k];
        if (!listed)
            fail_msg("%s: %d", line, code);
        assert_int_equal(count_lines_of(fake.err, "Ошибка: "), code == 0 ? 0 : 1);
        for (size_t k = 0; k < fake.call_count; k++)
            free(fake.calls[k].bytes);
    }
    fake.call_count = 0;
}

/* Reading alone asks the server and says that it is away; commands of this machine do not need it. */
static void test_away_or_here(void **state)
{
    static const char *const away[] = {"whoami",       "server info",   "org list",       "org show 66",
                                       "review list",  "review show 1", "method list",    "run list",
                                       "edition list", "issue list",    "matrix --run 1", "classes --run 1"};
    static const char *const here[] = {
        "form list",   "form show identification", "form template identification",
        "outbox list", "outbox send --once",       "config show"};

    (void)state;
    for (size_t i = 0; i < sizeof away / sizeof away[0]; i++) {
        char line[128];
        snprintf(line, sizeof line, "%s --timeout 1", away[i]);
        assert_int_equal(fake_run(line), 8);
        assert_has(fake.err, "[NO_CONNECTION]");
        assert_string_equal(fake.out, "");
        for (size_t k = 0; k < fake.call_count; k++)
            free(fake.calls[k].bytes);
        fake.call_count = 0;
    }
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++)
        assert_int_equal(fake_run(here[i]), 0);
    assert_int_equal(fake.call_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_sound_files, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_too_few, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_server_away, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_away_or_here, fake_setup, fake_teardown),
    };

    return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
