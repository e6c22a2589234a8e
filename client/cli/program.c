/* Owns the way from argv to an exit code. Invariant: each failure prints one error, with the code to quote.
 * Must not know what a command does. */
#include "client/cli/cli.h"
#include "client/cli/config.h"
#include "client/cli/files.h"
#include "client/cli/names.h"
#include "client/cli/output.h"
#include "common/core/text.h"

enum { ARENA_MAX = 1 << 30 };

/* Reasons of this machine first, then the status code. */
int cli_exit_code(const Err *err)
{
    static const struct {
        const char *prefix;
        int exit_code;
    } reasons[] = {
        {"USAGE_", EXIT_USAGE},    {"CONF_", EXIT_USAGE},     {"OUTBOX_", EXIT_GENERAL},
        {"MEMORY_", EXIT_GENERAL}, {"OUTPUT_", EXIT_GENERAL}, {"TOKEN_FILE_", EXIT_DENIED},
    };
    static const int codes[ERR_CODE_COUNT] = {
        [ERR_OK] = EXIT_FINE,
        [ERR_CANCELLED] = EXIT_INTERRUPTED,
        [ERR_UNKNOWN] = EXIT_GENERAL,
        [ERR_INVALID_ARGUMENT] = EXIT_INVALID,
        [ERR_DEADLINE_EXCEEDED] = EXIT_SERVER,
        [ERR_NOT_FOUND] = EXIT_MISSING,
        [ERR_ALREADY_EXISTS] = EXIT_CONFLICT,
        [ERR_PERMISSION_DENIED] = EXIT_DENIED,
        [ERR_RESOURCE_EXHAUSTED] = EXIT_SERVER,
        [ERR_FAILED_PRECONDITION] = EXIT_CONFLICT,
        [ERR_ABORTED] = EXIT_CONFLICT,
        [ERR_OUT_OF_RANGE] = EXIT_INVALID,
        [ERR_UNIMPLEMENTED] = EXIT_GENERAL,
        [ERR_INTERNAL] = EXIT_GENERAL,
        [ERR_UNAVAILABLE] = EXIT_SERVER,
        [ERR_DATA_LOSS] = EXIT_GENERAL,
        [ERR_UNAUTHENTICATED] = EXIT_DENIED,
    };

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (text_starts(err->reason, reasons[i].prefix))
            return reasons[i].exit_code;
    return (unsigned)err->code < ERR_CODE_COUNT ? codes[err->code] : EXIT_GENERAL;
}

/* From here on every text is in the person's language. */
static void apply_language(Cli *cli, const char *language)
{
    i18n_init(language, NULL);
    cli->style.russian = i18n_russian();
    cli->style.none = _("Nothing found.");
    cli->style.yes = _("yes");
    cli->style.no = _("no");
}

/* The rule's own sentence for an issue of a form known here, else the reason's. */
static const char *rule_sentence(const Cli *cli, const char *reason)
{
    for (size_t i = 0; cli->form != NULL && i < cli->form->rule_count; i++)
        if (text_equal(cli->form->rules[i].code, reason))
            return cli_text(cli, cli->form->rules[i].message);
    return NULL;
}

/* What the server found in single fields, after the error itself. */
static void print_issues(const Cli *cli)
{
    size_t count = 0;
    const Shans__V1__FieldIssue *const *issues = cli->rpc == NULL ? NULL : rpc_get_issues(cli->rpc, &count);

    for (size_t i = 0; i < count; i++) {
        Err issue = {.code = ERR_OK};
        Buf line;
        err_set(&issue, ERR_INVALID_ARGUMENT, issues[i]->reason);
        err_arg(&issue, "field", "%s", issues[i]->field);
        for (size_t k = 0; k < issues[i]->n_args; k++)
            err_arg(&issue, issues[i]->args[k]->key, "%s", issues[i]->args[k]->value);
        buf_init(&line, 1 << 16);
        buf_text(&line, "  ");
        render_clean(&line, issues[i]->field);
        buf_text(&line, ": ");
        render_err(&issue, cli->style.russian, rule_sentence(cli, issues[i]->reason), &line);
        fprintf(cli->host->err, "%s\n", line.data == NULL ? "" : line.data);
        buf_done(&line);
    }
}

/* What is wrong, what to do, and the code to quote. */
static void print_error(const Cli *cli, const Err *err)
{
    Err worded = *err;
    Buf line;

    names_put_words(&worded);
    buf_init(&line, 1 << 16);
    render_err(&worded, cli->style.russian, NULL, &line);
    fprintf(cli->host->err, "%s%s%s %s\n", cli->err_colour ? RENDER_RED : "", _("Error:"),
            cli->err_colour ? RENDER_PLAIN : "", line.data == NULL ? err->reason : line.data);
    buf_done(&line);
    print_issues(cli);
}

/* On standard output: help is what was asked for. */
static void print_help(const Cli *cli)
{
    Buf buf;

    buf_init(&buf, 1 << 18);
    if (cli->command != NULL)
        help_show_command(cli->command, &buf);
    else if (cli->arg_count > 0)
        help_show_noun(cli->args[0], &buf);
    else
        help_show_all(&buf);
    fputs(buf.data == NULL ? "" : buf.data, cli->out);
    buf_done(&buf);
}

/* Parse, configure, run. */
static ErrCode run(Cli *cli, int argc, const char *const *argv, Err *err)
{
    bool help = false;
    ErrCode code = cli_parse(cli, argc, argv, &help, err), conf_code;
    Err conf_err = {.code = ERR_OK};

    /* the language is wanted even to say what is wrong with the command line */
    conf_code = config_read(cli, &conf_err);
    apply_language(cli, cli->values[KEY_LANG].text);
    cli_note(cli, _("Nothing was changed."));
    /* what was expected is told in the person's language, which parsing does not know yet */
    if (text_equal(err->reason, "USAGE_TOO_FEW") && cli->command != NULL)
        err_arg(err, "word", "%s", _(cli->command->arguments));
    if (code != ERR_OK)
        return code;
    if (help) {
        if (cli_flag(cli, "version"))
            fprintf(cli->out, "shans %s\n", SHANS_VERSION);
        else
            print_help(cli);
        return ERR_OK;
    }
    if (conf_code != ERR_OK) {
        *err = conf_err;
        return conf_code;
    }
    code = config_apply(cli, err);
    if (cli->host->err_terminal && !cli_flag(cli, "quiet") && !config_is_dumb_terminal())
        watch_show(cli->host->watch);
    if (code == ERR_OK)
        code = files_open_output(cli, err);
    if (code != ERR_OK)
        return code;
    /* a check that finds errors ends with one, and its findings are kept */
    code = cli->command->run(cli, err);
    Err close_err = {.code = ERR_OK};
    ErrCode closed = files_close_output(cli, &close_err);
    if (closed == ERR_OK || code != ERR_OK)
        return code;
    *err = close_err;
    return closed;
}

/* Everything opened is closed here, whatever happened. */
int cli_main(const CliHost *host, int argc, const char *const *argv)
{
    Err err = {.code = ERR_OK};
    Cli cli = {.host = host, .arena = arena_new(ARENA_MAX, NULL)};

    if (cli.arena == NULL || output_open(&cli, &err) != ERR_OK) {
        arena_free(cli.arena);
        return EXIT_GENERAL;
    }
    cli.ids = id_maker(host->clock, host->rand);
    cli.style.width = host->width;
    ErrCode code = run(&cli, argc, argv, &err);
    /* what was found before a failure is still a result: the list of errors of a file */
    Err undelivered = {.code = ERR_OK};
    watch_clear(host->watch);
    ErrCode delivered = output_close(&cli, &undelivered);
    if (code == ERR_OK && delivered != ERR_OK) {
        err = undelivered;
        code = delivered;
    }
    if (code != ERR_OK)
        print_error(&cli, &err);
    rpc_close(cli.rpc);
    outbox_close(cli.outbox);
    arena_free(cli.arena);
    return code == ERR_OK ? cli.exit_code : cli_exit_code(&err);
}
