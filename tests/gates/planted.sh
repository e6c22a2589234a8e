#!/bin/bash
# Plants one fault at a time into a small copy of the tree and demands that exactly the gate in charge names it and
# that every other gate says what it said before. Prints a line a fault and "N passed, N failed".
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "$0")/../.." && pwd)
export SHANS_GEN=${SHANS_GEN:-$root/build/gen} SHANS_BIN=${SHANS_BIN:-$root/build}
work=$(mktemp -d /tmp/shans-planted.XXXXXX)
trap 'rm -rf "$work"' EXIT
gates=(format layers lengths purity banned headers comments ratios reasons translations proto sql shell docs)
passed=0 failed=0

# fresh: an unspoilt copy in $work/tree, large enough to hold a place for every fault.
fresh() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree/tests/unit"
    cp -r "$root"/{.ci,.clang-format,proto,po,docs,README.md,run} "$work/tree/"
    mkdir "$work/tree/common"
    cp -r "$root"/common/{core,base} "$work/tree/common/"
    cp -r "$root"/tests/unit/common_{core,base} "$work/tree/tests/unit/"
    cd "$work/tree"
}

# concerned: the gates a planted file can move. purity compiles the pure layers, shell reads scripts and docs runs the
# programs, which takes a second each; they look at nothing else.
concerned() {
    local name
    for name in "${gates[@]}"; do
        [[ $name == purity && ! -e common/core/planted.c ]] || [[ $name == shell && ! -e .ci/planted ]] ||
            [[ $name == docs && ! -e docs/planted.md ]] || echo "$name"
    done
}

# verdicts DIR GATE...: each gate's answer into a file of its name.
verdicts() {
    local dir=$1
    shift
    mkdir -p "$dir"
    # shellcheck disable=SC2016 # expanded by the inner shell
    printf '%s\n' "$@" | xargs -P2 -I{} bash -c \
        'if ".ci/check/$2" . >"$1/$2" 2>&1; then echo passed >>"$1/$2"; else echo failed >>"$1/$2"; fi' _ "$dir" {}
}

# expect NAME GATE WORD: only GATE changed its verdict, it failed, and it names WORD.
expect() {
    local name=$1 gate=$2 word=$3 wrong='' other run
    mapfile -t run < <(concerned)
    rm -rf "$work/now"
    verdicts "$work/now" "${run[@]}"
    for other in "${run[@]}"; do
        if [[ $other == "$gate" ]]; then
            grep -q -x failed "$work/now/$gate" || wrong+=" $gate-passed"
            grep -v -x -F -f "$work/clean/$gate" "$work/now/$gate" | grep -q -F "$word" || wrong+=" $gate-did-not-name-it"
        elif [[ $(tail -n 1 "$work/now/$other") != "$(tail -n 1 "$work/clean/$other")" ]]; then
            wrong+=" $other-changed"
        fi
    done
    if [[ -z $wrong ]]; then
        passed=$((passed + 1))
        echo "ok     planted: $name -> $gate"
    else
        failed=$((failed + 1))
        echo "FAILED planted: $name -> $gate:$wrong"
        sed 's/^/       /' "$work/now/$gate"
    fi
    fresh
}

# source_file PATH BODY: a C file as it should be, but for the fault in its body.
source_file() { printf '/* Planted. */\n%s\n' "$2" >"$1"; }

fresh
verdicts "$work/clean" "${gates[@]}"

source_file common/core/planted.c '#include "common/base/clock.h"'
expect 'an include against the layers' layers common/core/planted.c

source_file common/base/planted.c '#include <sqlite3.h>'
expect 'a library header outside its owner' layers common/base/planted.c

source_file common/base/planted.c '#include <zlib.h>'
expect 'a library header without an owner' layers common/base/planted.c

for pair in one:two two:one; do
    stem=${pair%:*}
    printf '/* Planted. */\n#ifndef %s\n#define %s\n#include "common/base/planted_%s.h"\n#endif\n' \
        "$stem" "$stem" "${pair#*:}" >"common/base/planted_$stem.h"
done
expect 'headers that include each other' layers 'includes itself'

for i in 1 2 3 4 5 6 7; do
    printf '/* Planted. */\n#include "common/base/planted_%d.h"\n' $((i + 1)) >"common/base/planted_$i.h"
done
echo '/* Planted. */' >common/base/planted_8.h
expect 'headers nested too deep' layers 'planted_1.h: headers nest'

{
    echo '/* Planted. */'
    for header in arena buf decimal embed err ratio sort text; do echo "#include \"common/core/$header.h\""; done | sort
    printf '\n#include "common/base/clock.h"\n#include "common/base/conf.h"\n#include "common/base/ids.h"\n'
} >common/base/planted.c
expect 'eleven direct includes' layers 'common/base/planted.c: 11'

source_file common/core/planted.c $'#include <stdlib.h>\n\nvoid *planted(void)\n{\n    return malloc(1);\n}'
expect 'allocation in a pure layer' purity 'calls malloc'

source_file common/core/planted.c $'int planted_count = 1;'
expect 'writable data in a pure layer' purity planted_count

{
    printf '/* Planted. */\nint planted(int x)\n{\n'
    for ((i = 0; i < 100; i++)); do echo '    x += 1;'; done
    printf '    return x;\n}\n'
} >tests/unit/common_base/planted.c
expect 'a function of 101 lines' lengths 'a function of 101 lines'

{
    echo '/* Planted. */'
    for ((i = 0; i < 801; i++)); do echo "extern int planted_$i;"; done
} >tests/unit/common_base/planted.c
expect 'a file of 801 lines of code' lengths '801 lines of code'

for ((i = 0; i < 121; i++)); do echo "/* Planted $i. */"; done >tests/unit/common_base/planted.h
expect 'a header of 121 lines' lengths '121 lines'

source_file common/base/planted.c \
    $'#include <string.h>\n\nvoid planted(char *to, const char *from)\n{\n    strcpy(to, from);\n}'
expect 'a banned call' banned 'strcpy()'

source_file common/base/planted.c $'#include <time.h>\n\nlong planted(void)\n{\n    return time(0);\n}'
expect 'the time asked for outside the clock' banned 'time()'

source_file common/base/planted.h 'void planted(Arena *arena);'
expect 'a header that does not compile alone' headers common/base/planted.h

source_file common/base/planted.c 'int   planted( int x ) ;'
expect 'unformatted code' format common/base/planted.c

source_file common/base/planted.c \
    $'#include "common/base/i18n.h"\n\nconst char *planted(void)\n{\n    return _("A planted text");\n}'
expect 'an untranslated message' translations 'A planted text'

printf 'msgid "A planted text of %%d"\nmsgstr "Текст %%s"\n' >po/parts/planted.po
source_file common/base/planted.c \
    $'#include "common/base/i18n.h"\n\nconst char *planted(void)\n{\n    return _("A planted text of %d");\n}'
expect 'a translation with another format' translations 'other formats'

sed -i '0,/ = 2;/s// = 77;/' proto/shans/v1/org.proto
expect 'a field that moved to another number' proto 'gone or changed'

sed -i '0,/ = 2;/{/ = 2;/d}' proto/shans/v1/org.proto
expect 'a field that vanished' proto 'gone or changed'

printf '\nmessage Planted {\n  optional string name = 1;\n}\n' >>proto/shans/v1/org.proto
expect 'a proto3 optional' proto 'optional is not supported'

printf '\nmessage Planted {\n  repeated Planted children = 1;\n}\n' >>proto/shans/v1/org.proto
expect 'a message that contains itself' proto 'contains itself'

source_file common/base/planted.c \
    $'#include "common/core/err.h"\n\nErrCode planted(Err *err)\n{\n    return err_set(err, ERR_INTERNAL, "PLANTED");\n}'
expect 'a reason without a sentence' reasons 'PLANTED has no row'

source_file common/base/planted.c \
    $'#include "common/core/err.h"\n\nErrCode planted(Err *err)\n{\n    return err_set(err, ERR_INTERNAL, "FAILPOINT");\n}'
expect 'a reason with another status code' reasons 'FAILPOINT is set as ERR_INTERNAL'

printf 'PLANTED_ROW\tINTERNAL\tA sentence.\tФраза.\n' >>common/base/reasons/core.tsv
expect 'a sentence nothing gives' reasons 'gives the reason PLANTED_ROW'

printf 'FAILPOINT_TWO\tINTERNAL\tA sentence.\n' >>common/base/reasons/core.tsv
expect 'a sentence without Russian' reasons 'a row is reason, code, English, Russian'

source_file common/base/planted.c $'const char *const planted = "SELECT name FROM school WHERE id = $1";'
expect 'SQL in C' sql common/base/planted.c

echo 'extern int planted;' >common/base/planted.c
expect 'a file without its opening comment' comments 'common/base/planted.c: does not open'

echo 'See [nothing](nowhere.md).' >docs/planted.md
expect 'a link that leads nowhere' docs 'nowhere.md'

echo 'Пароль и дедлайн.' >docs/planted.md
expect 'a word to avoid' docs 'docs/planted.md:1'

echo '# Planted' | tee docs/planted.md >>docs/errors.md
expect 'a made page that was edited' docs 'docs/errors.md is not'

sed -i 's/≥ 30,0 %/≥ 29,0 %/' docs/methods.md
echo '# Planted' >docs/planted.md
expect 'a made block that was edited' docs 'the block "methods"'

printf '\n`shans org forget --now` removes a school.\n' >>docs/user-guide.ru.md
echo '# Planted' >docs/planted.md
expect 'a command that does not exist' docs 'shans org forget'

printf '#!/bin/bash\nif true; then\n' >.ci/planted
expect 'a broken script' shell planted

echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
