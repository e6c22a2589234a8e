/* Owns the completion commands. Invariant: what the scripts are told is what parsing takes. Must not write
 * anywhere but to the result. */
#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/complete.h"
#include "common/base/shell.h"

enum { SCRIPT_MAX = 1 << 16 };

static ErrCode put_text(Cli *cli, const char *text, Err *err)
{
    return fputs(text, cli->out) == EOF ? err_set(err, ERR_UNAVAILABLE, "OUTPUT_FAILED") : ERR_OK;
}

/* The verb is the shell. */
ErrCode cmd_completion_script(Cli *cli, Err *err)
{
    Buf script;

    buf_init(&script, SCRIPT_MAX);
    shell_script(cli->command->verb, "shans", &script);
    ErrCode code = script.failed ? err_memory(err) : put_text(cli, script.data, err);
    buf_done(&script);
    return code;
}

/* The scripts' question; also a quick way to see what a place may hold. */
ErrCode cmd_completion_words(Cli *cli, Err *err)
{
    Buf out;
    ErrCode code = complete_words(cli, cli->args, cli->arg_count, &out, err);

    if (code == ERR_OK && out.data != NULL)
        code = put_text(cli, out.data, err);
    buf_done(&out);
    return code;
}
