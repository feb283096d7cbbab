#!/bin/sh
# Plays Autobahn's cases against the echo server of crates/rest/socket.
# usage: autobahn.sh ECHO FOLDER    (FOLDER has tests/autobahn/requirements.txt, and the suite in `suite`)
set -eu
echo=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
folder=$(cd "$2" && pwd)
cd "$(dirname "$0")/autobahn"
export PYTHONDONTWRITEBYTECODE=1
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
log=$(mktemp)
"$echo" "127.0.0.1:$port" >"$log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; rm -f "$log"' EXIT
trap 'exit 1' INT TERM
python3 - "$port" <<'PY'
import socket, sys, time

for attempt in range(300):
    try:
        socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1).close()
        break
    except OSError:
        time.sleep(0.1)
else:
    sys.exit("the echo server did not start")
PY
timeout 300 "$folder/bin/python" run.py "$folder/suite" "ws://127.0.0.1:$port/api/v1/echo?token=secret" || {
    tail -n 30 "$log"
    exit 1
}
