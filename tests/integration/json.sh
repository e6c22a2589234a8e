#!/bin/bash
# JSON documents under a validator that is not ours (python3-jsonschema) and the schemas of docs/schemas: of every command
# of the table against made-up answers, and of the commands that read against the server of the demo. A spoilt document
# must be refused, or the validator proves nothing.
# usage: SHANS_BIN=BUILD json.sh; ends with "N passed, N failed"
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
bin=$(cd "${SHANS_BIN:-build}" && pwd)
work=$(mktemp -d /var/tmp/shans-json-XXXXXX)
chmod 755 "$work" # PostgreSQL of the demo runs as another user
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

if ! /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
    echo 'json.sh: python3-jsonschema is not installed' >&2
    echo '0 passed, 1 failed'
    exit 1
fi

# valid WHAT DIR LEAST: every document of the folder, at least so many.
valid() {
    local verdict
    verdict=$(/usr/bin/python3 - docs/schemas "$2" "$3" <<'PYTHON' 2>&1
import glob, json, os, sys
from jsonschema import Draft202012Validator
schemas = {}
for path in glob.glob(sys.argv[1] + "/*.json"):
    schema = json.load(open(path, encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    schemas[schema["title"]] = Draft202012Validator(schema)
count = rows = 0
for path in sorted(glob.glob(sys.argv[2] + "/*.json")):
    document = json.load(open(path, encoding="utf-8"))
    validator = schemas[document["schema"]]
    for error in validator.iter_errors(document):
        print(os.path.basename(path), error.json_path, error.message)
    count += 1
    rows += len(document["rows"])
    spoilt = [dict(document, version=2), {k: v for k, v in document.items() if k != "schema"}]
    if document["rows"]:
        row = dict(document["rows"][0])
        spoilt.append(dict(document, rows=[dict(row, unheard_of=1)]))
        spoilt.append(dict(document, rows=[{k: v for k, v in row.items() if k != list(row)[0]}]))
        spoilt.append(dict(document, rows=[dict(row, **{list(row)[0]: []})]))
    for bad in spoilt:
        if validator.is_valid(bad):
            print(os.path.basename(path), "a spoilt document passes")
if count < int(sys.argv[3]) or rows < count:
    print("too few:", count, "documents,", rows, "rows")
PYTHON
    )
    if [[ -z $verdict ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n%s\n' "$1" "${verdict:0:4000}"
    fi
}

mkdir "$work/made-up" "$work/real"
SHANS_JSON_DIR=$work/made-up "$bin/unit_client_cli_test_json" >"$work/log" 2>&1 || { tail -n 20 "$work/log"; failed=$((failed + 1)); }
valid 'documents of every command' "$work/made-up" 30

SHANS_DEMO_ADDRESS=tcp://127.0.0.1:$((20000 + RANDOM % 20000)) SHANS_DEMO_JSON=$work/real SHANS_LANG=ru \
    tests/demo/demo.sh "$bin" "$work/demo" >"$work/log" 2>&1 || { tail -n 20 "$work/log"; failed=$((failed + 1)); }
valid 'documents of the demo' "$work/real" 18

echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
