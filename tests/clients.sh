#!/bin/sh
# The clients of openapi/clients against a real server: types, tests, and their READMEs as printed.
# usage: clients.sh BINARY PYTHON    (PYTHON has openapi/clients/requirements.txt)
set -eu
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
python=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
cd "$(dirname "$0")/../openapi/clients"
base=$(mktemp -d)
server=""
finish() {
    [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
    rm -rf "$base"
}
trap finish EXIT
trap 'exit 1' INT TERM
export PYTHONDONTWRITEBYTECODE=1 MYPY_CACHE_DIR="$base/mypy"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export ALVEOLE_URL="http://127.0.0.1:$port"
# Tokens live 1 s, so that the tests see some expire.
(cd "$base" && exec env PORT="$port" DATABASE_URL="sqlite://$base/alveole.db" \
    ALVEOLE__SERVER__HOST=127.0.0.1 ALVEOLE__SERVER__DATA_DIR="$base" UPLOAD_PATH="$base/files" \
    ALVEOLE__AUTH__BCRYPT_COST=4 ALVEOLE__AUTH__ACCESS_TTL_SECONDS=1 \
    ALVEOLE__RATE_LIMIT__ANON=1000000/s ALVEOLE__RATE_LIMIT__USER=1000000/s \
    ALVEOLE__RATE_LIMIT__AUTH=1000000/s ALVEOLE__RATE_LIMIT__ACCOUNT=1000000/s \
    "$binary" serve >"$base/log" 2>&1) &
server=$!
python3 - <<'PY' || { tail -n 30 "$base/log"; exit 1; }
import os, sys, time, urllib.request

for attempt in range(300):
    try:
        urllib.request.urlopen(os.environ["ALVEOLE_URL"] + "/ready", timeout=2)
        break
    except OSError:
        time.sleep(0.1)
else:
    sys.exit("the server did not become ready")
PY

echo "== what is generated"
python3 generate.py --check

echo "== Python: types, tests, README"
(
    cd python
    "$python" -m mypy
    PYTHONPATH=src "$python" -X dev -m unittest discover -s tests
    python3 ../readme.py README.md
)
