/* Owns the completion scripts. Invariant: a script holds no word of a table; it asks the program, so it never
 * lags behind. Must not know which programs there are. */
#include "common/base/shell.h"

#include <string.h>

#include "common/core/text.h"

/* Marks in the scripts: the program's name, and that of its shell function. */
#define PROGRAM  "\001"
#define FUNCTION "\002"

/* bash splits words at = and :, the program does not: the part bash has split off is cut from each reply. */
static const char bash_script[] =
    "# bash completion of " PROGRAM "; made by: " PROGRAM " completion bash\n"
    "" FUNCTION "() {\n"
    "    local typed=${COMP_LINE:0:COMP_POINT} words line word cut\n"
    "    read -ra words <<<\"$typed\"\n"
    "    [[ $typed != *[[:space:]] ]] || words+=('')\n"
    "    word=${words[${#words[@]} - 1]}\n"
    "    cut=${word%\"${word##*[=:]}\"}\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r line; do\n"
    "        case $line in\n"
    "        " SHELL_FILES ") compopt -o default 2>/dev/null ;;\n"
    "        " SHELL_FOLDERS ") compopt -o dirnames 2>/dev/null ;;\n"
    "        *)\n"
    "            line=${line%%$'\\t'*}\n"
    "            [[ $line != *= ]] || compopt -o nospace 2>/dev/null\n"
    "            COMPREPLY+=(\"${line#\"$cut\"}\")\n"
    "            ;;\n"
    "        esac\n"
    "    done < <(\"${words[0]}\" completion words -- \"${words[@]:1}\" 2>/dev/null)\n"
    "}\n"
    "complete -F " FUNCTION " " PROGRAM "\n";

static const char zsh_script[] =
    "#compdef " PROGRAM "\n"
    "# zsh completion of " PROGRAM "; made by: " PROGRAM " completion zsh\n"
    "" FUNCTION "() {\n"
    "    local line\n"
    "    local -a found typed\n"
    "    typed=(\"${(@)words[2,CURRENT-1]}\" \"$PREFIX\")\n"
    "    for line in \"${(@f)$(\"${words[1]}\" completion words -- \"${typed[@]}\" 2>/dev/null)}\"; do\n"
    "        case $line in\n"
    "        '') ;;\n"
    "        " SHELL_FILES ") _files ;;\n"
    "        " SHELL_FOLDERS ") _files -/ ;;\n"
    "        *$'\\t'*) found+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
    "        *) found+=(\"${line//:/\\\\:}\") ;;\n"
    "        esac\n"
    "    done\n"
    "    (( $#found == 0 )) || _describe " PROGRAM " found\n"
    "}\n"
    "if [[ ${funcstack[1]} == " FUNCTION " ]]; then " FUNCTION " \"$@\"; else compdef " FUNCTION " " PROGRAM
    "; fi\n";

static const char fish_script[] =
    "# fish completion of " PROGRAM "; made by: " PROGRAM " completion fish\n"
    "function _" FUNCTION "_words\n"
    "    set -l typed (commandline -opc)\n"
    "    set -l last (commandline -ct)\n"
    "    for line in ($typed[1] completion words -- $typed[2..-1] \"$last\" 2>/dev/null)\n"
    "        switch $line\n"
    "            case '" SHELL_FILES "'\n"
    "                __fish_complete_path \"$last\"\n"
    "            case '" SHELL_FOLDERS "'\n"
    "                __fish_complete_directories \"$last\"\n"
    "            case '*'\n"
    "                echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c " PROGRAM " -f -a '(_" FUNCTION "_words)'\n";

/* "shans-server" is completed by the function _shans_server. */
static void put_function(const char *program, Buf *buf)
{
    buf_char(buf, '_');
    for (; *program != '\0'; program++)
        buf_char(buf, *program == '-' ? '_' : *program);
}

bool shell_script(const char *shell, const char *program, Buf *buf)
{
    static const struct {
        const char *shell, *script;
    } scripts[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};

    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        if (!text_equal(scripts[i].shell, shell))
            continue;
        for (const char *at = scripts[i].script; *at != '\0'; at++) {
            if (*at == PROGRAM[0])
                buf_text(buf, program);
            else if (*at == FUNCTION[0])
                put_function(program, buf);
            else
                buf_char(buf, *at);
        }
        return true;
    }
    return false;
}
