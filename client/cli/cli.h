/* What a command works with: parsed options, configuration, output, the connection and the outbox. */
#ifndef CLIENT_CLI_CLI_H
#define CLIENT_CLI_CLI_H

#include <stdio.h>

#include "client/cli/command.h"
#include "client/cli/config.h"
#include "client/cli/watch.h"
#include "client/outbox/outbox.h"
#include "client/render/render.h"
#include "client/rpc/rpc.h"
#include "client/sync/sender.h"
#include "common/base/i18n.h"
#include "common/base/ids.h"

enum {                         /* exit codes, documented in help */
       EXIT_FINE = 0,          /* done as asked */
       EXIT_GENERAL = 1,       /* a fault of this machine or program */
       EXIT_USAGE = 2,         /* wrong command line or configuration */
       EXIT_MISSING = 3,       /* what was named does not exist */
       EXIT_CONFLICT = 4,      /* contradicts what is stored: look again */
       EXIT_INVALID = 5,       /* figures or file have errors */
       EXIT_DENIED = 6,        /* not signed in, or not allowed */
       EXIT_QUEUED = 7,        /* kept in the outbox, not sent yet */
       EXIT_SERVER = 8,        /* the server does not answer */
       EXIT_INTERRUPTED = 130, /* by a signal */
};

/* The world outside, injected: tests bring their own. */
typedef struct CliHost {
    FILE *out, *err; /* data; messages for people */
    const Clock *clock;
    Rand *rand;
    const char *system_file, *user_file; /* configuration; NULL: none */
    const char *work_dir;                /* where the search for a project's file begins; NULL: none */
    const char *state_dir;               /* default of --state */
    size_t width, height;                /* of the terminal; lines of 0 columns are never wrapped */
    bool terminal, err_terminal;         /* a person looks at out, at err */
    Watch *watch;                        /* progress and interruption; NULL: neither */
    SenderCall call;                     /* NULL: the server of the configuration */
    void *call_context;                  /* of call */
} CliHost;

enum { CLI_ARGS_MAX = 4096 };

typedef struct CliOption {
    const OptionDef *def;
    const char *text; /* "" for a flag */
} CliOption;

struct Cli {
    const CliHost *host;
    FILE *out;    /* takes the result: file, or else screen */
    FILE *screen; /* kept in memory until the command ends, see output.h */
    FILE *file;   /* of --output */
    char *result; /* of screen */
    size_t result_size;
    Arena *arena; /* of the whole command */
    IdMaker ids;  /* operation ids */
    const CommandDef *command;
    const char **args; /* after noun and verb */
    size_t arg_count;
    CliOption *given;
    size_t given_count;
    ConfValue values[KEY_COUNT]; /* in force, with their origins */
    RenderStyle style;           /* format, language and width of the result */
    const char *beside;          /* file being written for --output; NULL: none */
    bool err_colour;             /* messages for people may be coloured */
    int64_t timeout_ms;          /* of one command's waiting for the server */
    const Catalog *catalog;      /* opened by cli_get_catalog */
    Rpc *rpc;                    /* opened by the first call */
    Outbox *outbox;              /* opened by cli_get_outbox */
    int exit_code;               /* set by a command that ends neither well nor with an error */
    const FormDef *form;         /* whose rules name the issues of a refused call; may be NULL */
};

/* The whole program: parses, runs, prints errors on host->err; returns the exit code. */
int cli_main(const CliHost *host, int argc, const char *const *argv);
int cli_exit_code(const Err *err);

/* Fills command, args, given; INVALID_ARGUMENT / USAGE_* with what was near. help: --help was given. */
ErrCode cli_parse(Cli *cli, int argc, const char *const *argv, bool *ret_help, Err *err) MUST_CHECK;
/* NULL, false, or fallback when not given; cli_need then fails with USAGE_OPTION_NEEDED. */
const char *cli_option(const Cli *cli, const char *name);
char *cli_option_text(const Cli *cli, const char *name); /* "" when not given; for requests */
bool cli_flag(const Cli *cli, const char *name);
uint32_t cli_number(const Cli *cli, const char *name, uint32_t fallback);
ErrCode cli_need(const Cli *cli, const char *name, const char **ret_text, Err *err) MUST_CHECK;
ErrCode cli_need_number(const Cli *cli, const char *text, const char *what, uint64_t *ret,
                        Err *err) MUST_CHECK;
ErrCode cli_get_catalog(Cli *cli, const Catalog **ret_catalog, Err *err) MUST_CHECK;
/* NOT_FOUND / FORM_UNKNOWN with "near". */
ErrCode cli_get_form(Cli *cli, const char *code, const FormDef **ret_form, Err *err) MUST_CHECK;
ErrCode cli_get_outbox(Cli *cli, Outbox **ret_outbox, Err *err) MUST_CHECK;
/* Retried with the same operation id while the server is not there, within the timeout. */
ErrCode cli_call(Cli *cli, const ProtobufCServiceDescriptor *service, const char *method,
                 const uint8_t *operation_id, const ProtobufCMessage *request, ProtobufCMessage **ret_reply,
                 Err *err) MUST_CHECK;
/* A single attempt: for questions whose answer is only helpful. */
ErrCode cli_ask(Cli *cli, const ProtobufCServiceDescriptor *service, const char *method,
                const ProtobufCMessage *request, ProtobufCMessage **ret_reply, Err *err) MUST_CHECK;
/* cli_call for a mutating method, with a fresh operation id. */
ErrCode cli_change(Cli *cli, const ProtobufCServiceDescriptor *service, const char *method,
                   const ProtobufCMessage *request, ProtobufCMessage **ret_reply, Err *err) MUST_CHECK;
ErrCode cli_call_packed(void *cli, const char *method, const uint8_t *operation_id, const void *payload,
                        size_t size, Arena *arena, const void **ret_reply, size_t *ret_size,
                        Err *err) MUST_CHECK;
ErrCode cli_print(Cli *cli, const RenderTable *table, Err *err) MUST_CHECK;
/* A line for people with what is wrong and what to do, after a label. */
void cli_say_err(const Cli *cli, const char *label, const Err *why);
void cli_say(const Cli *cli, const char *format, ...) PRINTF_LIKE(2, 3); /* a line for people, on err */
void cli_note(const Cli *cli, const char *note); /* what an interruption from here on leaves behind */
void cli_progress(const Cli *cli, const char *label, size_t done, size_t total); /* total 0: not known */
/* A text in the person's language. */
const char *cli_text(const Cli *cli, Text text);

#endif
