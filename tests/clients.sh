#!/bin/sh
# The clients of openapi/clients against a real server: types, tests, and their READMEs as printed. Also the Postman
# collection, and whether a third-party generator takes the document.
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

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
port=$(free_port)
export ALVEOLE_URL="http://127.0.0.1:$port"
# Of a page that calls from another origin.
ALVEOLE_PAGE_PORT=$(free_port)
export ALVEOLE_PAGE_PORT
# Tokens live 1 s, so that the tests see some expire.
(cd "$base" && exec env PORT="$port" DATABASE_URL="sqlite://$base/alveole.db" \
    ALVEOLE__SERVER__HOST=127.0.0.1 ALVEOLE__SERVER__DATA_DIR="$base" UPLOAD_PATH="$base/files" \
    ALVEOLE__AUTH__BCRYPT_COST=4 ALVEOLE__AUTH__ACCESS_TTL_SECONDS=1 \
    CORS_ALLOWED_ORIGINS="http://127.0.0.1:$ALVEOLE_PAGE_PORT" \
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

python3 generate.py --check
"$python" -m mypy --strict ./*.py

in_python() (
    set -e
    cd python
    "$python" -m mypy
    PYTHONPATH=src "$python" -X dev -m unittest discover -s tests
    python3 ../readme.py README.md
)

in_typescript() (
    set -e
    cd typescript
    npm install --silent --no-package-lock --no-audit --no-fund
    npm test --silent
    python3 ../readme.py README.md
)

# It generates every operation but two, whose bodies it doesn't know.
elsewhere() (
    set -e
    PATH="$(dirname "$python"):$PATH" "$python" -m openapi_python_client generate --meta none \
        --path ../openapi.json --output-path "$base/elsewhere"
    "$python" -m compileall -q "$base/elsewhere"
)

# The collection as Postman runs it: what a newcomer would send, with its examples as they are.
in_postman() (
    set -e
    set --
    for id in auth_register auth_login auth_me auth_refresh files_generate_pdf files_list tasks_list tasks_create \
        tasks_read tasks_update tasks_stats tasks_comments_create tasks_comments_list health; do
        set -- "$@" --folder "$id"
    done
    ../../tests/openapi/node_modules/.bin/newman run ../postman.json --env-var "base_url=$ALVEOLE_URL" "$@"
)

# First, because its requests name the first task.
failed=""
in_postman >"$base/postman.log" 2>&1 || failed=" postman"
# Side by side: they mostly wait.
in_python >"$base/python.log" 2>&1 & python_pid=$!
in_typescript >"$base/typescript.log" 2>&1 & typescript_pid=$!
elsewhere >"$base/elsewhere.log" 2>&1 || { cat "$base/elsewhere.log"; exit 1; }
wait "$python_pid" || failed="$failed python"
wait "$typescript_pid" || failed="$failed typescript"
for name in python typescript postman; do
    echo "== $name"
    cat "$base/$name.log"
done

echo "== openapi-python-client"
cat >"$base/expected" <<'TEXT'
WARNING parsing PATCH /api/v1/files/uploads/{id} within files. Endpoint will not be generated.
WARNING parsing POST /api/v1/admin/products/import within catalog. Endpoint will not be generated.
WARNING parsing POST /api/v1/webhooks/{source} within inbound. Endpoint will not be generated.
TEXT
grep -iE 'warning |error|skipping|unable' "$base/elsewhere.log" | LC_ALL=C sort | diff "$base/expected" - || failed="$failed openapi-python-client"
[ -z "$failed" ] || { echo "FAILED:$failed"; exit 1; }
