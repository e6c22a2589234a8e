#!/bin/bash
# The client as shells and terminals meet it: completion in real bash, zsh and fish, manual pages under the checkers of
# man and mandoc, pager, colour and progress on a terminal, interruption.
# usage: SHANS_BIN=BUILD shells.sh; ends with "N passed, N failed"
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
bin=$(cd "${SHANS_BIN:-build}" && pwd)
work=$(mktemp -d /tmp/shans-shells-XXXXXX)
trap 'rm -rf "$work"' EXIT
export HOME=$work XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state PATH=$bin:$PATH SHANS_LANG=en TZ=UTC0 LC_ALL=C.UTF-8
unset SHANS_PAGER PAGER LESS NO_COLOR
passed=0 failed=0

# same WHAT WANT GOT
same() {
    if [[ $2 == "$3" ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n  want: %s\n  got:  %s\n' "$1" "${2:0:600}" "${3:0:600}"
    fi
}

# What the program itself says of a line; nothing for what the shell lists.
words() {
    local typed=$1 list
    read -ra list <<<"$typed"
    [[ $typed != *' ' ]] || list+=('')
    "${list[0]}" completion words -- "${list[@]:1}" | grep -v '^:' | cut -f 1 | sort | paste -s -d ' '
}

for shell in bash zsh fish; do
    shans completion $shell >"$work/$shell"
    shans-server completion $shell >"$work/server-$shell"
done

cat >"$work/ask.bash" <<'BASH'
source "$1"
COMP_LINE=$2 COMP_POINT=${#2}
program=${2%% *} function=_${program//-/_}
[[ $(complete -p "$program") == "complete -F $function $program" ]] || exit 1
"$function"
[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}"
BASH
# As compsys does it: words and CURRENT, what stands before the cursor in PREFIX, candidates to _describe.
cat >"$work/ask.zsh" <<'ZSH'
compdef() { registered="$*" }
_files() { }
_describe() { print -rl -- "${(@P)2}" }
source $1
words=("${(@s: :)2}")
CURRENT=$#words
PREFIX=$words[-1]
function=_${words[1]//-/_}
[[ $registered == "$function ${words[1]}" ]] || exit 1
$function
ZSH

script_of() { [[ $1 == shans-server* ]] && printf '%s' "$work/server-$2" || printf '%s' "$work/$2"; }
in_bash() { bash --norc "$work/ask.bash" "$(script_of "$1" bash)" "$1" | sort | paste -s -d ' '; }
in_zsh() { zsh -f "$work/ask.zsh" "$(script_of "$1" zsh)" "$1" | sed 's/\\:/\x01/g; s/:.*//; s/\x01/:/g' | sort | paste -s -d ' '; }
in_fish() { fish --no-config -c "source $(script_of "$1" fish); complete -C '$1'" | cut -f 1 | sort | paste -s -d ' '; }

mkdir -p "$work/here" && cd "$work/here" || exit 1
for line in 'shans ' 'shans o' 'shans org ' 'shans org l' 'shans org list --' 'shans org list --ki' 'shans org list --kind ' \
    'shans org list --kind s' 'shans form show staff' 'shans results import --form staffing_support --section ' \
    'shans run start --method ' 'shans config get ' 'shans --lang ' 'shans help review ' 'shans nothing ' \
    'shans form set x staffing_support 2021 posts/tutor' 'shans-server ' 'shans-server serve --' 'shans-server serve --l' \
    'shans-server serve --log-format '; do
    want=$(words "$line")
    same "bash: $line" "$want" "$(in_bash "$line")"
    [[ -z $(command -v zsh) ]] || same "zsh: $line" "$want" "$(in_zsh "$line")"
    [[ -z $(command -v fish) ]] || same "fish: $line" "$want" "$(in_fish "$line")"
done
same 'words are not empty' 'org outbox' "$(words 'shans o')"
same 'words of the server are not empty' 'json logfmt' "$(words 'shans-server serve --log-format ')"
same 'folders of the server' ':folders' "$(shans-server completion words -- serve --embedded '')"
same 'a shell that is not known' 2 "$(shans-server completion tcsh >/dev/null 2>&1; echo $?)"
# bash has split the word at = already
same 'bash: value in the same word' 'always auto' "$(in_bash 'shans org list --color=a')"
[[ -z $(command -v fish) ]] || same 'fish: value in the same word' '--color=always --color=auto' "$(in_fish 'shans org list --color=a')"
# files are the shell's own
touch results-2021.csv
[[ -z $(command -v fish) ]] || same 'fish: files' 'results-2021.csv' "$(in_fish 'shans results import res')"
same 'no outbox was made by a key press' '' "$(ls "$work/state" 2>/dev/null)"
cd "$OLDPWD" || exit 1

# Manual pages: nothing the checkers object to; each is of its noun.
bash .ci/manual "$bin" || failed=$((failed + 1))
pages=0
while read -r page; do
    pages=$((pages + 1))
    same "man --warnings $page" '' "$(man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)"
    [[ -z $(command -v mandoc) ]] || same "mandoc $page" '' "$(mandoc -T lint -W warning "$page" | grep -v 'missing date')"
done < <(find "$bin/man" -name '*.[18]' | sort)
nouns=$(shans completion words -- manual '' | wc -l)
same 'pages of every noun, of the whole, of the server, in two languages' $((2 * (nouns + 2))) "$pages"
for option in $(shans-server help | grep -o -E '^ +--[a-z-]+' | tr -d ' '); do
    same "shans-server(8) has $option" yes "$(sed 's/\\-/-/g' "$bin/man/man8/shans-server.8" | grep -q -e "$option" && echo yes)"
done

# The pager: on a terminal and for what is longer than it, never in a pipe.
on_terminal() { script -qec "stty rows 20 cols 100; $1" /dev/null </dev/null >"$work/screen" 2>&1; }
export SHANS_PAGER="cat >$work/paged"
on_terminal 'shans help'
same 'paged on a terminal' yes "$([[ -s $work/paged ]] && echo yes)"
rm -f "$work/paged"
on_terminal 'shans help | cat'
same 'not in a pipe' no "$([[ -e $work/paged ]] && echo yes || echo no)"
on_terminal 'shans help completion bash'
same 'not when it fits' no "$([[ -e $work/paged ]] && echo yes || echo no)"
on_terminal 'shans help --no-pager'
same 'not when told so' no "$([[ -e $work/paged ]] && echo yes || echo no)"
unset SHANS_PAGER
on_terminal 'shans form list --no-pager'
same 'bold on a terminal' yes "$(grep -q $'\033' "$work/screen" && echo yes)"
on_terminal 'NO_COLOR=1 shans form list --no-pager'
same 'NO_COLOR' no "$(grep -q $'\033' "$work/screen" && echo yes || echo no)"
same 'no colour in a pipe' no "$(shans form list | grep -q $'\033' && echo yes || echo no)"

# Progress: on a terminal after half a second, gone at the end; never in a pipe, never when quiet.
nobody=(--server tcp://127.0.0.1:1 --timeout 2)
on_terminal "shans whoami ${nobody[*]}"
same 'progress on a terminal' yes "$(grep -q 'Waiting for the server' "$work/screen" && echo yes)"
same 'the line is erased' yes "$(grep -q $'\r\033\\[K.*Error:' "$work/screen" && echo yes)"
on_terminal "shans whoami -q ${nobody[*]}"
same 'no progress when quiet' no "$(grep -q 'Waiting' "$work/screen" && echo yes || echo no)"
on_terminal "TERM=dumb shans whoami ${nobody[*]}"
same 'no progress on a plain terminal' no "$(grep -q 'Waiting' "$work/screen" && echo yes || echo no)"
shans whoami "${nobody[@]}" >"$work/pipe" 2>&1
same 'exit code without a server' 8 $?
same 'no progress in a pipe' no "$(grep -q 'Waiting' "$work/pipe" && echo yes || echo no)"

# Ctrl-C: exit code 130, a sentence, and what was queued is there. (A shell starts its children deaf to it.)
env --default-signal=INT shans results import tests/demo/training/901.csv --server tcp://127.0.0.1:1 --timeout 60 \
    --state "$work/interrupted" >"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 200); do
    waiting=$(shans outbox list --state "$work/interrupted" --format tsv -t 2>/dev/null | wc -l)
    [[ $waiting -eq 0 ]] || break
    sleep 0.05
done
kill -INT $pid
wait $pid
same 'interrupted: exit code' 130 $?
same 'interrupted: what was kept' yes "$(grep -q -E '^Interrupted\. [0-9]+ forms? (is|are) kept in the outbox' "$work/err" && echo yes)"
same 'interrupted: it is kept' "$waiting" "$(shans outbox list --state "$work/interrupted" --format tsv -t | wc -l)"
env --default-signal=INT shans whoami --server tcp://127.0.0.1:1 --timeout 60 -o "$work/who.json" 2>"$work/err" &
pid=$!
for _ in $(seq 200); do
    compgen -G "$work/who.json.*" >/dev/null && break
    sleep 0.05
done
kill -INT $pid
wait $pid
same 'interrupted while asking' '130 Interrupted. Nothing was changed.' "$? $(tail -n 1 "$work/err")"
same 'no half file is left' '' "$(compgen -G "$work/who.json*")"

echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
