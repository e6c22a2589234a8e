#!/bin/bash
# ready.sh PORT: whether the page /readyz on the loopback of this container says 200.
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/$1"
printf 'GET /readyz HTTP/1.1\r\nHost: localhost:%s\r\nConnection: close\r\n\r\n' "$1" >&3
read -r -t 2 _ code _ <&3
[[ $code == 200 ]]
