# shellcheck shell=bash
# Shared by the gates: each is called as `gate ROOT`, prints one line per fault and exits 1 when there is any.
set -euo pipefail
export LC_ALL=C

gate=$(basename "$0")
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "${1:?usage: $gate ROOT}" && pwd)
cd "$root"

faults=$(mktemp -d "/tmp/shans-gate.XXXXXX")
trap 'rm -rf "$faults"' EXIT
: >"$faults/list"

fault() { printf '%s\n' "$*" >>"$faults/list"; }

# sources DIR... -- PATTERN...: the files of these names below the folders that exist, sorted.
sources() {
    local dirs=() names=()
    while [[ $1 != -- ]]; do
        [[ -d $1 ]] && dirs+=("$1")
        shift
    done
    shift
    for name in "$@"; do names+=(-o -name "$name"); done
    [[ ${#dirs[@]} -eq 0 ]] || find "${dirs[@]}" -type f \( "${names[@]:1}" \) | sort
}

# code FILE...: "file<TAB>line<TAB>code" without comments; CODE_STRINGS=blank also empties the literals.
code() {
    [[ $# -eq 0 ]] || awk -v strings="${CODE_STRINGS:-keep}" -f "$here/strip.awk" "$@"
}

# finish WHAT: the gate's verdict.
finish() {
    if [[ -s $faults/list ]]; then
        sort -u "$faults/list"
        exit 1
    fi
    echo "$gate: $1"
}
