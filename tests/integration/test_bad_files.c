/* Bad files given to the client: `shans results import` refuses each table with exit code 5, in Russian and
 * in English, naming row, column and school, and `shans method` a profile with overlapping bands; nothing is
 * queued, nothing reaches the server. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "tests/integration/bad.h"

enum { PATH_SIZE = 256, OUTPUT_MAX = 1 << 16, ARGS_MAX = 24, EXIT_INVALID = 5 };

#define HEAD "school,period,row,enrolled,registered,participants,mark2,mark3,mark4,mark5,below_min\n"
#define FINE "a-1,2019,VPR.RUS.5,40,40,40,7,31,1,1,7\n"

static Bad bad;
static char output[OUTPUT_MAX];

static int start(void **state)
{
    (void)state;
    bad_start(&bad);
    bad_begin(&bad);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    bad_end(&bad);
    bad_stop(&bad);
    return 0;
}

static void path_in(const char *name, char *to)
{
    snprintf(to, PATH_SIZE, "%s/%s", bad.world.pg.dir, name);
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Everything the program said goes to `output`; its exit status is returned. */
static int run(const char *const *argv)
{
    char said[PATH_SIZE];
    int status;

    path_in("said", said);
    pid_t pid = fork();
    if (pid == 0) {
        int file = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(file, STDOUT_FILENO);
        dup2(file, STDERR_FILENO);
        setenv("HOME", bad.world.pg.dir, 1); /* nobody's own configuration */
        unsetenv("XDG_CONFIG_HOME");
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    FILE *file = fopen(said, "r");
    assert_non_null(file);
    output[fread(output, 1, OUTPUT_MAX - 1, file)] = '\0';
    fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* shans as that person, in that language; args end with NULL. */
static int shans(const char *login, const char *language, const char *const *args)
{
    const char *bin = getenv("SHANS_BIN");
    char program[PATH_SIZE], token[PATH_SIZE], state[PATH_SIZE], name[64];
    const char *argv[ARGS_MAX] = {program,   "--server", bad.world.address, "--token-file", token,
                                  "--state", state,      "--lang",          language};
    size_t count = 9;

    snprintf(program, sizeof program, "%s/shans", bin == NULL ? "build" : bin);
    snprintf(name, sizeof name, "%s.token", login);
    path_in(name, token);
    path_in(login, state);
    write_file(token, world_person(&bad.world, login)->token, WORLD_TOKEN_SIZE - 1);
    assert_int_equal(chmod(token, 0600), 0);
    for (; *args != NULL; args++) {
        assert_true(count < ARGS_MAX - 1);
        argv[count++] = *args;
    }
    return run(argv);
}

typedef struct CsvCase {
    const char *name, *login, *text;
    size_t size;         /* of the text; 0: up to its NUL */
    const char *said[3]; /* in the answer of either language */
    const char *en, *ru; /* in the answer of that language; NULL: anything */
} CsvCase;

static const CsvCase cases[] = {
    {"text in a number",
     "head1",
     HEAD "a-1,2019,OGE.MATH,forty,40,40,7,31,1,1,7\n",
     0,
     {"2", "enrolled", "a-1"},
     "forty",
     "forty"},
    {"45 participants of 40",
     "head1",
     HEAD "a-1,2019,OGE.MATH,40,40,45,7,36,1,1,7\n",
     0,
     {"2", "participants", "a-1"},
     NULL,
     NULL},
    {"the second row bad",
     "head1",
     HEAD FINE "a-1,2019,OGE.MATH,40,40,45,7,36,1,1,7\n",
     0,
     {"3", "participants", "a-1"},
     NULL,
     NULL},
    {"unknown school",
     "coordinator1",
     HEAD "zz-9,2019,OGE.MATH,40,40,40,7,31,1,1,7\n",
     0,
     {"2", "zz-9"},
     "The school",
     "Школа"},
    {"another district's school",
     "coordinator1",
     HEAD "b-1,2019,OGE.MATH,40,40,40,7,31,1,1,7\n",
     0,
     {"2", "b-1"},
     "The school",
     "Школа"},
    {"one good school, one unknown",
     "coordinator1",
     HEAD FINE "zz-9,2019,OGE.MATH,40,40,40,7,31,1,1,7\n",
     0,
     {"3", "zz-9"},
     "The school",
     "Школа"},
    {"unknown procedure",
     "head1",
     HEAD "a-1,2019,OGE.DREAMS,40,40,40,7,31,1,1,7\n",
     0,
     {"2", "OGE.DREAMS", "a-1"},
     NULL,
     NULL},
    {"a row twice", "head1", HEAD FINE FINE, 0, {"3", "VPR.RUS.5", "a-1"}, NULL, NULL},
    {"a cell too many", "head1", HEAD "a-1,2019,OGE.MATH,40,40,40,7,31,1,1,7,9\n", 0, {"2"}, NULL, NULL},
    {"a cell too few", "head1", HEAD "a-1,2019,OGE.MATH,40,40,40,7,31,1,1\n", 0, {"2"}, NULL, NULL},
    {"a comma in a number",
     "head1",
     HEAD "a-1,2019,OGE.MATH,\"40,5\",40,40,7,31,1,1,7\n",
     0,
     {"2", "enrolled", "a-1"},
     NULL,
     NULL},
    {"bars between cells",
     "head1",
     "school|period|row|enrolled\na-1|2019|OGE.MATH|40\n",
     0,
     {NULL},
     NULL,
     NULL},
    {"mixed separators", "head1", HEAD "a-1;2019;OGE.MATH;40;40;40;7;31;1;1;7\n", 0, {"2"}, NULL, NULL},
    {"unknown column",
     "head1",
     "school,period,row,enrolled,dreams\na-1,2019,OGE.MATH,40,1\n",
     0,
     {"dreams"},
     NULL,
     NULL},
    {"computed column",
     "head1",
     "school,period,row,enrolled,share_below\na-1,2019,OGE.MATH,40,17.5\n",
     0,
     {"share_below"},
     NULL,
     NULL},
    {"no school column", "head1", "period,row,enrolled\n2019,OGE.MATH,40\n", 0, {"school"}, NULL, NULL},
    {"a column twice",
     "head1",
     "school,period,row,enrolled,enrolled\na-1,2019,OGE.MATH,40,41\n",
     0,
     {"enrolled"},
     NULL,
     NULL},
    {"a quote left open", "head1", HEAD "a-1,2019,\"OGE.MATH,40,40,40,7,31,1,1,7\n", 0, {"2"}, NULL, NULL},
    {"a bad period",
     "head1",
     HEAD "a-1,2019/22,OGE.MATH,40,40,40,7,31,1,1,7\n",
     0,
     {"2", "2019/22"},
     NULL,
     NULL},
    {"nothing", "head1", "", 0, {NULL}, NULL, NULL},
    {"only a heading", "head1", HEAD, 0, {NULL}, NULL, NULL},
    {"NUL bytes", "head1", "school\0period\0row", 17, {NULL}, NULL, NULL},
    {"bytes of a workbook", "head1", "PK\003\004\024\000\006\000\010\000\000\000", 12, {NULL}, NULL, NULL},
    {"negative figure",
     "head1",
     HEAD "a-1,2019,OGE.MATH,-40,40,40,7,31,1,1,7\n",
     0,
     {"2", "enrolled", "a-1"},
     NULL,
     NULL},
    {"more digits than numbers have",
     "head1",
     HEAD "a-1,2019,OGE.MATH,99999999999999999999999,40,40,7,31,1,1,7\n",
     0,
     {"2", "enrolled", "a-1"},
     NULL,
     NULL},
};

/* A hole in a sentence: an argument without value, a code instead of words. */
static bool has_letters_of(const char *text, bool russian)
{
    size_t cyrillic = 0;

    for (const char *at = text; *at != '\0'; at++)
        cyrillic += (unsigned char)*at == 0xD0 || (unsigned char)*at == 0xD1;
    return russian ? cyrillic > 10 : cyrillic == 0;
}

/* Exit code 5, the language asked for, no hole, nothing changed. */
static void check_refusal(const char *name, const char *language, int status)
{
    if (status != EXIT_INVALID)
        fail_msg("%s (%s): exit code %d: %s", name, language, status, output);
    if (!has_letters_of(output, text_equal(language, "ru")) || strpbrk(output, "{}") != NULL)
        fail_msg("%s: not in %s: %s", name, language, output);
    bad.cases++;
    bad_unharmed(&bad, name);
}

static void check_case(const CsvCase *one, const char *language)
{
    static const char *const waiting[] = {"outbox", "list", "--format", "csv", NULL};
    char file[PATH_SIZE], empty[OUTPUT_MAX];
    bool russian = text_equal(language, "ru");
    bool district = text_equal(one->login, "coordinator1");
    const char *const import[] = {"results",
                                  "import",
                                  file,
                                  "--source",
                                  district ? "district" : "school",
                                  "--form",
                                  "assessment_results",
                                  NULL};

    path_in("bad.csv", file);
    write_file(file, one->text, one->size > 0 ? one->size : strlen(one->text));
    if (shans(one->login, language, waiting) != 0)
        fail_msg("outbox list: %s", output);
    text_copy(empty, sizeof empty, output);
    int status = shans(one->login, language, import);
    check_refusal(one->name, language, status);
    for (size_t i = 0; i < 3 && one->said[i] != NULL; i++) {
        if (strstr(output, one->said[i]) == NULL)
            fail_msg("%s (%s) does not name %s: %s", one->name, language, one->said[i], output);
    }
    const char *own = russian ? one->ru : one->en;
    if (own != NULL && strstr(output, own) == NULL)
        fail_msg("%s (%s) does not say %s: %s", one->name, language, own, output);
    assert_int_equal(shans(one->login, language, waiting), 0);
    if (!text_equal(output, empty))
        fail_msg("%s (%s) queued something: %s", one->name, language, output);
}

static void refuses_bad_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_case(&cases[i], "en");
        check_case(&cases[i], "ru");
    }
}

/* A shipped profile with one bound moved into the neighbouring band. */
static size_t overlapping(char *text)
{
    FILE *file = fopen("common/catalog/methodologies/perv-2023.yaml", "r");

    assert_non_null(file);
    size_t size = fread(text, 1, OUTPUT_MAX - 1, file);
    fclose(file);
    text[size] = '\0';
    char *at = strstr(text, "wellbeing: \"5-11\"");
    assert_non_null(at);
    at[strlen("wellbeing: \"")] = '4';
    return size;
}

static void refuses_overlapping_bands(void **state)
{
    static const char *const verbs[] = {"lint", "put"}, *const languages[] = {"en", "ru"};
    static char text[OUTPUT_MAX];
    char file[PATH_SIZE];

    (void)state;
    path_in("overlap.yaml", file);
    write_file(file, text, overlapping(text));
    for (size_t i = 0; i < 4; i++) {
        const char *const args[] = {"method", verbs[i / 2], file, NULL};
        int status = shans("methodologist", languages[i % 2], args);
        check_refusal("overlapping bands", languages[i % 2], status);
        assert_non_null(strstr(output, "METHOD_BANDS_OVERLAP"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_bad_tables),
        cmocka_unit_test(refuses_overlapping_bands),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
