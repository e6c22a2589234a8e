/* shans-server: the central server and its administration. Owns the command table.
 * Must not hold logic of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/failpoint.h"
#include "common/base/i18n.h"
#include "common/crypto/crypto.h"
#include "server/access_command.h"
#include "server/doctor.h"
#include "server/guide.h"
#include "server/prepare.h"
#include "server/serve.h"
#include "server/store/embedded.h"
#include "server/store/migrate.h"

enum { SETTINGS_MEMORY = 1 << 20 };

/* 2 for a command line that cannot work, 1 for everything else. */
static int complain(const Err *err)
{
    prepare_complain(err);
    return err->code == ERR_INVALID_ARGUMENT ? 2 : 1;
}

/* The settings are fine: shows where each comes from. */
static int show_settings(const ServerOptions *options)
{
    Buf buf;

    buf_init(&buf, SETTINGS_MEMORY);
    options_dump(options, &buf);
    fputs(buf.data != NULL ? buf.data : "", stdout);
    buf_done(&buf);
    return 0;
}

/* Root rights are given up here, before any thread exists. */
static int command_serve(const ServerOptions *options)
{
    Err err = {0};

    if (options_check_serve(options, &err) != ERR_OK)
        return complain(&err);
    if (options->check_config)
        return show_settings(options);
    if (options->embedded != NULL && embedded_drop_root(options->embedded, &err) != ERR_OK)
        return complain(&err);
    return serve_run(options);
}

/* What prepare_await hands to open_owner, and what that opens. */
typedef struct Owner {
    const ServerOptions *options;
    Db *db;
} Owner;

/* A PrepareWork. */
static ErrCode open_owner(void *context, Err *err)
{
    Owner *owner = context;

    return access_command_owner(owner->options, &clock_system, &owner->db, err);
}

/* Runs a command over the owner's connection and closes it. */
static int with_owner(const ServerOptions *options,
                      ErrCode (*work)(Db *, const Clock *, const ServerOptions *, Err *))
{
    Err err = {0};
    Owner owner = {.options = options};
    ErrCode code = prepare_await(options->wait, open_owner, &owner, &err);

    if (code == ERR_OK)
        code = work(owner.db, &clock_system, options, &err);
    db_close(owner.db);
    return code == ERR_OK ? 0 : complain(&err);
}

static int command_token(const ServerOptions *options)
{
    return with_owner(options, access_command_token);
}

static int command_revoke(const ServerOptions *options)
{
    return with_owner(options, access_command_revoke);
}

/* What serve does at its start, as a command of its own. */
static ErrCode apply_migrations(Db *db, const Clock *clock, const ServerOptions *options, Err *err)
{
    size_t applied = 0;
    ErrCode code = migrate_apply(db, sql_files, sql_files_count, clock, 0, &applied, err);

    (void)options;
    if (code == ERR_OK)
        printf(N_("%zu migration applied\n", "%zu migrations applied\n", applied), applied);
    return code;
}

/* For installations whose server has no owner rights: run once after each upgrade, before the start. */
static int command_migrate(const ServerOptions *options)
{
    return with_owner(options, apply_migrations);
}

static int command_version(const ServerOptions *options)
{
    (void)options;
    puts("shans-server " SHANS_VERSION);
    return 0;
}

static int command_help(const ServerOptions *options);
static int command_manual(const ServerOptions *options);

/* Help lists them in this order. */
static const CommandRow commands[] = {
    {"serve", MARK_("run the server"), command_serve},
    {"migrate", MARK_("bring the database up to this program"), command_migrate},
    {"doctor", MARK_("look for what is wrong with the installation"), doctor_command},
    {"token", MARK_("make an account when needed and issue a token"), command_token},
    {"revoke", MARK_("revoke every token of an account"), command_revoke},
    {"version", MARK_("show the version"), command_version},
    {"manual", MARK_("print the page of the manual as man reads it"), command_manual},
    {"completion", MARK_("print the completion of a shell: completion bash, zsh or fish"), command_help},
    {"help", MARK_("show this help"), command_help},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static int command_help(const ServerOptions *options)
{
    (void)options;
    puts(_("usage: shans-server COMMAND [OPTION...]\n\nCommands:"));
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-24s %s\n", commands[i].name, i18n_text(commands[i].help));
    puts(_("\nOptions:"));
    options_help();
    return 0;
}

static int command_manual(const ServerOptions *options)
{
    (void)options;
    return guide_manual(commands, COMMAND_COUNT);
}

/* Everything after the program's own start; arena holds the settings. */
static int run_command(int argc, char **argv, Arena *arena)
{
    ServerOptions options;
    Err err = {0};

    if (argc < 2) {
        command_help(NULL);
        return 2;
    }
    if (argc > 2 && strcmp(argv[1], "completion") == 0)
        return guide_completion(commands, COMMAND_COUNT, argc - 2, argv + 2);
    if (options_load(argc, argv, arena, &options, &err) != ERR_OK)
        return complain(&err);
    options_apply_log(&options);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, argv[1]) == 0)
            return options.help ? command_help(&options) : commands[i].run(&options);
    }
    fprintf(stderr, _("shans-server: unknown command \"%s\"; see shans-server help\n"), argv[1]);
    return 2;
}

int main(int argc, char **argv)
{
    const char *language = getenv("SHANS_LANG");
    Arena *arena = arena_new(SETTINGS_MEMORY, NULL);

    /* texts first: everything below may have to explain a failure */
    i18n_init(language != NULL ? language : "", NULL);
    /* armed by the tests that kill this program */
    failpoint_init(getenv("SHANS_FAILPOINTS"));
    if (arena == NULL || !crypto_init()) {
        fputs("shans-server: libsodium\n", stderr);
        return 1;
    }
    int status = run_command(argc, argv, arena);
    arena_free(arena);
    return status;
}
