/* What programs read: every command that prints a table prints a document with schema and version, its schema
 * stands in docs/schemas, and no key of a released document is ever lost. With SHANS_JSON_DIR the documents
 * are written there, for a validator that is not ours. */
#include "tests/unit/client_cli/fake.h"

#include "client/table/table.h"
#include "common/core/text.h"
#include "shans/v1/method.pb-c.h"

enum { KEYS_MAX = 1 << 16 };

/* Commands whose example cannot run here, or needs something before. arguments NULL: it prints no table. */
typedef struct Special {
    const char *name, *arguments, *before;
} Special;

static const Special specials[] = {
    {"org import", "tests/demo/orgs.csv --links tests/demo/links.csv", NULL},
    {"form check", "--file tests/demo/training/901.csv", NULL},
    {"form submit", "66-training-901 staffing_support 2021", "draft"},
    {"form get", "66-training-901 assessment_results 2021 --overwrite", NULL},
    {"results import", "tests/demo/training/901.csv", "confirm"},
    {"method lint", "common/catalog/methodologies/nvkz-2021.yaml", NULL},
    {"method put", "common/catalog/methodologies/nvkz-2021.yaml", NULL},
    {"method show", "NVKZ-2021", "method"},
    {"run start", "--method NVKZ-2021", NULL},
    {"edition export", "1 --public", NULL},
    {"edition publish", "--run 3 --title T --document D", NULL},
    {"risk import",
     "tests/demo/pervouralsk/risk_factors.tsv --groups tests/demo/pervouralsk/schools.tsv --period 2023 "
     "--school-prefix 66-pervouralsk- --document D",
     NULL},
    {"group import", "tests/demo/pervouralsk/groups.csv", NULL},
    {"list import", "--schools 1,3 --group shnor:regional --document order~of~2023-04-21,~x", NULL},
    {"results confirm", NULL, NULL},
    {"results dispute", NULL, NULL},
    {"results uphold", NULL, NULL},
    {"results reject", NULL, NULL},
    {"results retract", NULL, NULL},
    {"issue traps", "tests/demo/pervouralsk", NULL},
    {"issue check", "tests/demo/pervouralsk", NULL},
    {"issue import", "tests/demo/pervouralsk", NULL},
    {"issue accept", "17 --comment C", NULL},
    {"issue correct", "17 --value 1 --comment C", NULL},
    {"issue reject", "17 --comment C", NULL},
    {"account add", "head12 school_head 66-a-12 --name School~12", NULL},
    {"token issue", "head12", NULL},
    {"curator assign", "curator3 66-a-12 --to 2022-08-31 --document Order~7", NULL},
    {"curator end", "4 --why leave", NULL},
    {"outbox list", "--all", "operation"},
    {"outbox send", "--once", "operation"},
    {"outbox show", "ID", "operation"},
    {"outbox retry", "ID", "operation"},
    {"outbox dismiss", "ID --comment paper --yes", "refused"},
    {"form template", NULL, NULL},
    {"form set", NULL, NULL},
    {"results export", NULL, NULL},
    {"completion bash", NULL, NULL},
    {"completion zsh", NULL, NULL},
    {"completion fish", NULL, NULL},
    {"completion words", NULL, NULL},
    {"manual", NULL, NULL},
    {"config set", NULL, NULL},
    {"config unset", NULL, NULL},
};

static int silent; /* commands that should have printed a document */

static const Special *find_special(const char *name)
{
    for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++)
        if (text_equal(specials[i].name, name))
            return &specials[i];
    return NULL;
}

/* The operation of the only school that waits, by its id. */
static const char *operation_id(void)
{
    static char id[64];

    assert_int_equal(fake_run("outbox list --format tsv -t"), 0);
    size_t length = strcspn(fake.out, "\t");
    assert_int_equal(length, 36);
    text_copy(id, length + 1, fake.out);
    return id;
}

/* Brings about what a command needs. */
static void prepare(const char *before)
{
    if (before == NULL)
        return;
    if (text_equal(before, "method")) {
        Shans__V1__GetMethodologyReply reply = SHANS__V1__GET_METHODOLOGY_REPLY__INIT;
        Shans__V1__Methodology head = SHANS__V1__METHODOLOGY__INIT;
        assert_int_equal(fake_run("method put common/catalog/methodologies/nvkz-2021.yaml"), 0);
        const FakeCall *call = fake_call("PutMethodology", 0);
        Shans__V1__PutMethodologyRequest *request =
            shans__v1__put_methodology_request__unpack(NULL, call->size, call->bytes);
        assert_non_null(request);
        reply.methodology = &head;
        reply.compiled = request->compiled;
        fake_add("GetMethodology", &reply.base);
        shans__v1__put_methodology_request__free_unpacked(request, NULL);
        return;
    }
    bool refused = text_equal(before, "refused");
    fake.confirm = !refused && !text_equal(before, "operation");
    fake_refuse("ListSubmissions", ERR_UNAVAILABLE, "NO_CONNECTION"); /* nothing of others to look at */
    if (text_equal(before, "draft"))
        assert_int_equal(
            fake_run("form set 66-training-901 staffing_support 2021 totals/vacancies=2 "
                     "posts/social_pedagogue/main=1 posts/social_pedagogue/part=0 "
                     "posts/tutor/main=3 posts/tutor/part=0 posts/psychologist/main=1 "
                     "posts/psychologist/part=1 posts/speech_therapist/main=0 "
                     "posts/speech_therapist/part=0 posts/defectologist/main=n/a "
                     "posts/defectologist/part=n/a posts/organizer/main=? posts/organizer/part=? "
                     "posts/extra_education/main=3 posts/extra_education/part=6"),
            0);
    if (refused) {
        fake_refuse("Submit", ERR_PERMISSION_DENIED, "OUT_OF_SCOPE");
        assert_int_equal(fake_run("results import tests/demo/training/901.csv --timeout 1"), 6);
    }
    if (text_equal(before, "operation")) {
        fake_refuse("Submit", ERR_UNAVAILABLE, "NO_CONNECTION");
        assert_int_equal(fake_run("results import tests/demo/training/901.csv --timeout 1"), 7);
    }
}

/* The workbook a command wrote reads as a table with its headings. */
static bool is_workbook(void)
{
    Arena *arena = arena_new(64 << 20, NULL);
    Table *table = NULL;
    Err err = {.code = ERR_OK};
    char path[200];

    snprintf(path, sizeof path, "%s/book.xlsx", fake.dir);
    bool fine = table_load(path, NULL, arena, &table, &err) == ERR_OK && table->sheet != NULL &&
                table->rows[0].number == 1 && table->rows[0].cell_count > 0;
    arena_free(arena);
    return fine && fake.out[0] == '\0';
}

/* Runs the command in this format; skips it when it prints no table. */
static bool run_as(const CommandDef *command, const char *format)
{
    char name[64], line[512];
    const char *arguments = command->example;

    snprintf(name, sizeof name, "%s%s%s", command->noun, command->verb[0] != '\0' ? " " : "", command->verb);
    const Special *special = find_special(name);
    if (special != NULL && special->arguments == NULL)
        return false;
    fake.fill = true;
    if (special != NULL) {
        prepare(special->before);
        arguments = special->arguments;
    }
    const char *id = text_starts(arguments, "ID") ? operation_id() : "",
               *rest = arguments + (id[0] != '\0' ? 2 : 0);
    bool xlsx = text_equal(format, "xlsx");
    snprintf(line, sizeof line, "%s%s%s%s --timeout 1 --format %s%s", name, arguments[0] != '\0' ? " " : "",
             id, rest, format, xlsx ? " -o @/book.xlsx" : "");
    int code = fake_run(line);
    if (xlsx ? is_workbook() : fake.out[0] == '{')
        return true;
    print_error("%s: exit %d\n%s%s\nGive it an example that runs, or a row in this test.\n", line, code,
                fake.err, fake.out);
    silent++;
    return false;
}

/* "shans.org.v1" of the document that was printed. */
static const char *title_of(const char *key)
{
    static char title[96];
    char begin[32];

    snprintf(begin, sizeof begin, "\"%s\": \"", key);
    const char *at = strstr(fake.out, begin);
    assert_non_null(at);
    at += strlen(begin);
    text_copy(title, strcspn(at, "\"") + 1, at);
    return title;
}

/* With SHANS_JSON_DIR: for the validator. */
static void keep_document(const CommandDef *command, const char *title)
{
    const char *dir = getenv("SHANS_JSON_DIR");
    char path[400];

    if (dir == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s.%s-%s.json", dir, title, command->noun, command->verb);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(fake.out, file);
    fclose(file);
}

/* Every command: a document of its schema and version; the same schema whichever command prints it. */
static void test_documents(void **state)
{
    (void)state;
    for (size_t i = 0; i < cli_command_count; i++) {
        char title[96], name[128];
        fake_teardown(NULL);
        fake_setup(NULL);
        if (!run_as(&cli_commands[i], "json"))
            continue;
        text_copy(title, sizeof title, title_of("schema"));
        assert_has(fake.out, "\"version\": 1");
        assert_true(text_starts(title, "shans."));
        keep_document(&cli_commands[i], title);
        fake_teardown(NULL);
        fake_setup(NULL);
        assert_true(run_as(&cli_commands[i], "schema"));
        assert_string_equal(title_of("title"), title);
        snprintf(name, sizeof name, "../../../docs/schemas/%s.json", title);
        fake_golden(name, fake.out);
    }
    assert_int_equal(silent, 0);
}

/* The same commands, each as a workbook. */
static void test_workbooks(void **state)
{
    size_t made = 0;

    (void)state;
    silent = 0;
    for (size_t i = 0; i < cli_command_count; i++) {
        fake_teardown(NULL);
        fake_setup(NULL);
        made += run_as(&cli_commands[i], "xlsx");
    }
    assert_int_equal(silent, 0);
    assert_true(made > 30);
}

/* "shans.org.v1 code" for each property of the schema that was printed. */
static void list_keys(const char *title, char *to)
{
    const char *at = strstr(fake.out, "\"required\": [");

    at = strstr(at + 1, "\"required\": ["); /* the rows' own */
    assert_non_null(at);
    const char *end = strchr(at, ']');
    for (at = strchr(at, '\n'); at < end; at = strchr(at + 1, '\n')) {
        const char *key = strchr(at, '"');
        if (key == NULL || key > end)
            break;
        char line[256];
        snprintf(line, sizeof line, "%s %.*s\n", title, (int)strcspn(key + 1, "\""), key + 1);
        size_t length = strlen(to);
        if (strstr(to, line) == NULL)
            text_copy(to + length, KEYS_MAX - length, line);
    }
}

/* Keys once released stay: the list may grow, a line of it may not go. */
static void test_no_key_is_lost(void **state)
{
    static char now[KEYS_MAX];
    char line[256];

    (void)state;
    now[0] = '\0';
    for (size_t i = 0; i < cli_command_count; i++) {
        fake_teardown(NULL);
        fake_setup(NULL);
        if (run_as(&cli_commands[i], "schema"))
            list_keys(title_of("title"), now);
    }
    assert_int_equal(silent, 0);
    FILE *file = fopen("tests/golden/cli/json_keys.txt", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (strstr(now, line) == NULL)
            fail_msg("a released key is gone (a new version of the document is needed): %s", line);
    fclose(file);
    /* every key of now is listed, so that it is guarded from now on */
    fake_golden("json_keys.txt", now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_documents, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_workbooks, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_no_key_is_lost, fake_setup, fake_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
