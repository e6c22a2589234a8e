#!/bin/bash
# Workbooks between this program, LibreOffice and openpyxl: the same content from the three reads alike; what is written
# opens in LibreOffice with its types and without a single formula; reading is at least ten times as fast as openpyxl's
# read-only way, measured in processor time on the same files in the same run.
# usage: SHANS_BIN=BUILD xlsx.sh; ends with "N passed, N failed"
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
tool=$(cd "${SHANS_BIN:-build}" && pwd)/xlsx_tool
work=$(mktemp -d /var/tmp/shans-xlsx-XXXXXX)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

for program in soffice /usr/bin/python3; do
    command -v "$program" >/dev/null || { echo "xlsx.sh: $program is not installed" >&2 && echo '0 passed, 1 failed' && exit 1; }
done

verdict() { # verdict WHAT STATUS
    if [[ $2 -eq 0 ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $1"
    fi
}

# convert FORMAT FILE: by LibreOffice, into $work/out, with a profile of its own.
convert() {
    HOME=$work timeout 120 soffice "-env:UserInstallation=file://$work/profile" --headless --convert-to "$1" --outdir "$work/out" \
        "$2" >"$work/soffice" 2>&1 || cat "$work/soffice"
}

# The same content as xlsx_tool sample, written by openpyxl.
"$tool" sample "$work/ours.xlsx"
verdict 'our sample is written' $?
/usr/bin/python3 - "$work/openpyxl.xlsx" <<'PYTHON'
import datetime, sys, openpyxl
texts = ["Школа № 1", "a<b & \"c\"", "=1+1", "две\nстроки", "  пробелы  ", "🎓"]
numbers = [12345.1, -7, 0.1 + 0.2, 1000000, 0.001, 99.99]
dates = [datetime.date(2021, 9, 1), datetime.date(1900, 3, 1), datetime.date(2022, 12, 31), datetime.datetime(2021, 9, 1, 10, 30),
         datetime.datetime(2024, 2, 29, 23, 59, 59), datetime.date(1999, 12, 31)]
book = openpyxl.Workbook()
sheet = book.active
sheet.title = "Лист1"
for i in range(6):
    for column, value in enumerate([texts[i], numbers[i], dates[i], i % 2 == 0, None, texts[0]]):
        cell = sheet.cell(i + 1, column + 1)
        if value is not None:
            cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
book.save(sys.argv[1])
PYTHON
verdict 'openpyxl writes the same' $?
convert xlsx "$work/ours.xlsx"
"$tool" dump "$work/ours.xlsx" >"$work/ours.txt"
[[ $(wc -l <"$work/ours.txt") -eq 30 ]]
verdict 'our sample has 30 cells' $?
"$tool" dump "$work/openpyxl.xlsx" | diff "$work/ours.txt" - >"$work/diff"
verdict "openpyxl's file reads alike: $(head -5 "$work/diff")" $?
"$tool" dump "$work/out/ours.xlsx" | diff "$work/ours.txt" - >"$work/diff"
verdict "LibreOffice's file reads alike: $(head -5 "$work/diff")" $?

# 10,000 names that look like formulas: none is one, and the other columns keep their types.
"$tool" names "$work/names.xlsx" 10000 && "$tool" names "$work/names.csv" 10000
verdict 'names are written' $?
convert fods "$work/names.xlsx"
/usr/bin/python3 - "$work/out/names.fods" 10000 10000 10000 10000 <<'PYTHON' >"$work/types"
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
cells = {kind: len(re.findall('office:value-type="%s"' % kind, text)) for kind in ("string", "float", "date", "boolean")}
formulas = len(re.findall("table:formula=", text))
print(cells, "formulas:", formulas)
sys.exit(formulas != 0 or list(cells.values()) != [int(n) for n in sys.argv[2:]])
PYTHON
verdict "types of the workbook in LibreOffice: $(cat "$work/types")" $?
rm -f "$work/out/names.fods"
convert fods "$work/names.csv"
[[ -s $work/out/names.fods ]] && ! grep -q 'table:formula=' "$work/out/names.fods"
verdict 'the CSV has no formula in LibreOffice' $?

# Processor time of reading, best of three each, on a file that openpyxl wrote.
/usr/bin/python3 - "$work/speed.xlsx" <<'PYTHON'
import random, sys, openpyxl
random.seed(1)
book = openpyxl.Workbook(write_only=True)
sheet = book.create_sheet("s")
for row in range(5000):
    sheet.append(["Школа № %d" % random.randrange(2000) if c % 4 == 0 else random.randrange(1000000) / 10 for c in range(10)])
book.save(sys.argv[1])
PYTHON
theirs=$(/usr/bin/python3 - "$work/speed.xlsx" <<'PYTHON'
import sys, time, openpyxl
best = 1e9
for _ in range(3):
    begin = time.process_time()
    book = openpyxl.load_workbook(sys.argv[1], read_only=True)
    cells = sum(1 for row in book.active.iter_rows(values_only=True) for value in row if value is not None)
    best = min(best, time.process_time() - begin)
assert cells == 50000
print(round(best * 1e6))
PYTHON
)
ours=$(for _ in 1 2 3; do "$tool" read "$work/speed.xlsx"; done | awk '$1 == 50000 { if (!best || $3 < best) best = $3 } END { print best + 0 }')
echo "5,000 x 10: openpyxl ${theirs:-0} us, ours $ours us"
[[ $ours -gt 0 && ${theirs:-0} -ge $((10 * ours)) ]]
verdict 'reading is ten times as fast as openpyxl' $?

echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
