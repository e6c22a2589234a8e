/* Commands and options as data: one table feeds parsing, help, completion and error messages. */
#ifndef CLIENT_CLI_COMMAND_H
#define CLIENT_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "common/core/arena.h"
#include "common/core/buf.h"
#include "common/core/err.h"

typedef struct Cli Cli;

typedef enum OptionType {
    OPTION_FLAG = 1, /* takes no value */
    OPTION_TEXT,     /* any text, or one of `values` */
    OPTION_NUMBER,   /* whole, from 0 */
    OPTION_MANY,     /* text, may be given several times */
} OptionType;

typedef struct OptionDef {
    const char *name;
    char letter;          /* 0: none */
    OptionType type;      /* what its value must look like */
    const char *argument; /* msgid of its name in help; NULL for a flag */
    const char *help;     /* msgid */
    bool global;          /* every command takes it */
    const char *values;   /* words allowed, separated by |; NULL: any */
    const char *alias;    /* another name for it, when given after a command that takes it; NULL: none */
} OptionDef;

enum { ARGS_ANY = 255 };

typedef struct CommandDef {
    const char *noun, *verb;            /* verb "": the noun alone is the command */
    const char *arguments;              /* msgid, as help shows them */
    unsigned char least, most;          /* positional arguments; ARGS_ANY: no bound */
    const char *options;                /* names of its options, separated by spaces */
    const char *summary;                /* msgid */
    const char *example;                /* arguments of an example; "" none */
    ErrCode (*run)(Cli *cli, Err *err); /* called with a command line that obeys this row */
} CommandDef;

extern const OptionDef cli_options[];
extern const size_t cli_option_count;
extern const CommandDef cli_commands[];
extern const size_t cli_command_count;

/* NULL when unknown. verb "" finds the noun alone. */
const CommandDef *command_find(const char *noun, const char *verb);
bool command_is_noun(const char *noun);
const CommandDef *command_find_first(const char *noun); /* in the order of the table */
bool command_takes(const CommandDef *command, const OptionDef *option);
/* text is one of the words of OptionDef.values */
bool command_is_value(const char *values, const char *text);

/* Nearest known word for one that was mistyped or typed in the Russian layout, or NULL when none is near.
 * command NULL: any option. values: as in OptionDef. */
const char *command_suggest_noun(const char *noun);
const char *command_suggest_verb(const char *noun, const char *verb);
const char *command_suggest_option(const CommandDef *command, const char *name);
const char *command_suggest_value(const char *values, const char *text, Arena *arena);

typedef struct HelpExitCode {
    int code;
    const char *meaning; /* msgid */
} HelpExitCode;

extern const HelpExitCode help_exit_codes[];
extern const size_t help_exit_code_count;

/* Help in the language chosen: all nouns; the verbs of one; one command; its line of usage alone. */
void help_show_all(Buf *buf);
void help_show_noun(const char *noun, Buf *buf);
void help_show_command(const CommandDef *command, Buf *buf);
void help_show_usage(const CommandDef *command, Buf *buf);

#endif
