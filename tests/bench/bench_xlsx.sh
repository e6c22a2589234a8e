#!/bin/bash
# bench_xlsx: reading of workbooks against openpyxl's read-only way on the same files, and writing in constant memory;
# prints Markdown tables. Processor time, so that neighbours count less. xlsx_tool lies two folders up.
set -euo pipefail
export LC_ALL=C.UTF-8
tool=$(cd "$(dirname "$0")/../.." && pwd)/xlsx_tool
work=$(mktemp -d /var/tmp/shans-bench-xlsx.XXXXXX)
trap 'rm -rf "$work"' EXIT

make() { # make FILE ROWS COLUMNS, by openpyxl
    /usr/bin/python3 - "$@" <<'PYTHON'
import random, sys, openpyxl
random.seed(1)
rows, columns = int(sys.argv[2]), int(sys.argv[3])
book = openpyxl.Workbook(write_only=True)
sheet = book.create_sheet("s")
for row in range(rows):
    sheet.append(["Школа № %d" % random.randrange(2000) if c % 4 == 0 else random.randrange(1000000) / 10 for c in range(columns)])
book.save(sys.argv[1])
PYTHON
}

theirs() { # theirs FILE: cells, microseconds
    /usr/bin/python3 - "$1" <<'PYTHON'
import sys, time, openpyxl
begin = time.process_time()
book = openpyxl.load_workbook(sys.argv[1], read_only=True)
cells = sum(1 for row in book.active.iter_rows(values_only=True) for value in row if value is not None)
print(cells, round((time.process_time() - begin) * 1e6))
PYTHON
}

echo "Reading of a workbook, processor time, best of several."
echo
echo "| rows x columns, written by | openpyxl read-only, ms | shans, ms | ratio | memory of shans, MB |"
echo "|---|---|---|---|---|"
row() { # row LABEL FILE REPEATS
    local their_cells their_us our_cells our_us kb
    read -r their_cells their_us < <(for ((i = 0; i < $3; i++)); do theirs "$2"; done | sort -n -k 2 | head -1)
    read -r our_cells _ our_us kb < <(for ((i = 0; i < $3 + 2; i++)); do "$tool" read "$2"; done | sort -n -k 3 | head -1)
    [[ $their_cells == "$our_cells" ]] || { echo "bench_xlsx: $their_cells and $our_cells cells" >&2 && exit 1; }
    awk -v label="$1" -v theirs="$their_us" -v ours="$our_us" -v kb="$kb" 'BEGIN {
        printf "| %s | %.0f | %.1f | %.1f | %.1f |\n", label, theirs / 1000, ours / 1000, theirs / ours, kb / 1024 }'
}
make "$work/small.xlsx" 5000 10
"$tool" large "$work/small-ours.xlsx" 5000 10 >/dev/null
row "5,000 x 10, openpyxl" "$work/small.xlsx" 3
row "5,000 x 10, shans" "$work/small-ours.xlsx" 3
make "$work/large.xlsx" 100000 40
row "100,000 x 40, openpyxl" "$work/large.xlsx" 1
echo
echo "Writing of 40,000 x 40 cells:"
echo
"$tool" large "$work/out.xlsx" 40000 40 | awk '{ printf "%.2f s of processor time, %.1f MB\n", $1 / 1e6, $2 / 1024 }'
