/* Owns the completion commands. Invariant: a script holds no word of the table; it asks the program, so it
 * never lags behind. Must not write anywhere but to standard output. */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/complete.h"
#include "common/core/text.h"

/* bash splits words at = and :, the program does not: the part bash has split off is cut from each reply. */
static const char bash_script[] =
    "# bash completion of shans; made by: shans completion bash\n"
    "_shans() {\n"
    "    local typed=${COMP_LINE:0:COMP_POINT} words line word cut\n"
    "    read -ra words <<<\"$typed\"\n"
    "    [[ $typed != *[[:space:]] ]] || words+=('')\n"
    "    word=${words[${#words[@]} - 1]}\n"
    "    cut=${word%\"${word##*[=:]}\"}\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r line; do\n"
    "        case $line in\n"
    "        " COMPLETE_FILES ") compopt -o default 2>/dev/null ;;\n"
    "        " COMPLETE_FOLDERS ") compopt -o dirnames 2>/dev/null ;;\n"
    "        *)\n"
    "            line=${line%%$'\\t'*}\n"
    "            [[ $line != *= ]] || compopt -o nospace 2>/dev/null\n"
    "            COMPREPLY+=(\"${line#\"$cut\"}\")\n"
    "            ;;\n"
    "        esac\n"
    "    done < <(\"${words[0]}\" completion words -- \"${words[@]:1}\" 2>/dev/null)\n"
    "}\n"
    "complete -F _shans shans\n";

static const char zsh_script[] =
    "#compdef shans\n"
    "# zsh completion of shans; made by: shans completion zsh\n"
    "_shans() {\n"
    "    local line\n"
    "    local -a found typed\n"
    "    typed=(\"${(@)words[2,CURRENT-1]}\" \"$PREFIX\")\n"
    "    for line in \"${(@f)$(\"${words[1]}\" completion words -- \"${typed[@]}\" 2>/dev/null)}\"; do\n"
    "        case $line in\n"
    "        '') ;;\n"
    "        " COMPLETE_FILES ") _files ;;\n"
    "        " COMPLETE_FOLDERS ") _files -/ ;;\n"
    "        *$'\\t'*) found+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
    "        *) found+=(\"${line//:/\\\\:}\") ;;\n"
    "        esac\n"
    "    done\n"
    "    (( $#found == 0 )) || _describe shans found\n"
    "}\n"
    "if [[ ${funcstack[1]} == _shans ]]; then _shans \"$@\"; else compdef _shans shans; fi\n";

static const char fish_script[] =
    "# fish completion of shans; made by: shans completion fish\n"
    "function __shans_words\n"
    "    set -l typed (commandline -opc)\n"
    "    set -l last (commandline -ct)\n"
    "    for line in ($typed[1] completion words -- $typed[2..-1] \"$last\" 2>/dev/null)\n"
    "        switch $line\n"
    "            case '" COMPLETE_FILES "'\n"
    "                __fish_complete_path \"$last\"\n"
    "            case '" COMPLETE_FOLDERS "'\n"
    "                __fish_complete_directories \"$last\"\n"
    "            case '*'\n"
    "                echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c shans -f -a '(__shans_words)'\n";

static ErrCode put_text(Cli *cli, const char *text, Err *err)
{
    return fputs(text, cli->out) == EOF ? err_set(err, ERR_UNAVAILABLE, "OUTPUT_FAILED") : ERR_OK;
}

ErrCode cmd_completion_bash(Cli *cli, Err *err)
{
    return put_text(cli, bash_script, err);
}

ErrCode cmd_completion_zsh(Cli *cli, Err *err)
{
    return put_text(cli, zsh_script, err);
}

ErrCode cmd_completion_fish(Cli *cli, Err *err)
{
    return put_text(cli, fish_script, err);
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
