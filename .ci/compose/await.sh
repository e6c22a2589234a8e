#!/bin/bash
# await.sh FILE COMMAND...: becomes the command once the file is there; the database's container makes it.
set -euo pipefail
for ((seconds = 0; seconds < 3600; seconds++)); do
    [[ ! -s $1 ]] || exec "${@:2}"
    sleep 1
done
echo "await: there is no $1" >&2
exit 1
