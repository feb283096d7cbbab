#!/bin/sh
# Sends requests made from the OpenAPI document to a real server on each backend: no answer may be
# a 5xx, of a status or media type the document does not name, or of another shape than it says.
# usage: fuzz-api.sh BINARY    (FUZZ_EXAMPLES: requests for each operation, 20 when not set)
set -eu
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
SCHEMATHESIS_HOOKS=$(cd "$(dirname "$0")" && pwd)/fuzz_hooks.py
export SCHEMATHESIS_HOOKS
examples=${FUZZ_EXAMPLES:-17}
base=$(mktemp -d)
server=""
providers=""
database=""
finish() {
    [ -n "$providers" ] && kill "$providers" 2>/dev/null
    [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
    [ -n "$database" ] && psql --no-psqlrc -q -w -d "$TEST_POSTGRES_URL" \
        -c "DROP DATABASE IF EXISTS $database WITH (FORCE)" >/dev/null 2>&1
    rm -rf "$base"
}
trap finish EXIT
trap 'exit 1' INT TERM

fuzz() {
    name=$1
    url=$2
    port=$((20000 + ($$ + $(date +%s)) % 20000))
    # The tests draw random text, and a service of others must not have to read it.
    others=http://127.0.0.1:$((port + 1))
    python3 "$(dirname "$SCHEMATHESIS_HOOKS")/fuzz_providers.py" $((port + 1)) &
    providers=$!
    mkdir -p "$base/$name"
    export ALVEOLE_ADMIN_EMAIL=root@example.com ALVEOLE_ADMIN_PASSWORD="a quiet walk by the sea"
    (cd "$base/$name" && exec env PORT="$port" DATABASE_URL="$url" \
        JWT_SECRET=0f6f1c9a7d3e4b52a8c1d0e9f7b6a5c4e3d2 \
        ALVEOLE__SERVER__HOST=127.0.0.1 ALVEOLE__SERVER__DATA_DIR="$base/$name" \
        ALVEOLE__AUTH__BCRYPT_COST=4 \
        ALVEOLE__INTEGRATIONS__WEATHER__BASE_URL="$others" ALVEOLE__INTEGRATIONS__CRYPTO__BASE_URL="$others" \
        ALVEOLE__INTEGRATIONS__TRANSLATE__PROVIDER=libretranslate \
        ALVEOLE__INTEGRATIONS__TRANSLATE__BASE_URL="$others" \
        ALVEOLE__RATE_LIMIT__ANON=1000000/s ALVEOLE__RATE_LIMIT__USER=1000000/s \
        ALVEOLE__RATE_LIMIT__AUTH=1000000/s ALVEOLE__RATE_LIMIT__ACCOUNT=1000000/s \
        "$binary" serve >"$base/$name/log" 2>&1) &
    server=$!
    # a session of its own for the fuzzer, which must not sign itself out or change its password
    token=$(python3 - "$port" <<'PY'
import json, sys, time, urllib.request

base = f"http://127.0.0.1:{sys.argv[1]}"
for attempt in range(300):
    try:
        urllib.request.urlopen(base + "/ready", timeout=2)
        break
    except OSError:
        time.sleep(0.1)
else:
    sys.exit("the server did not become ready")

def post(path, body, token=None):
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = "Bearer " + token
    request = urllib.request.Request(base + path, json.dumps(body).encode(), headers)
    return json.load(urllib.request.urlopen(request))["data"]

login = post("/api/v1/auth/login",
             {"email": "root@example.com", "password": "a quiet walk by the sea"})
for title in ("one", "two", "three"):
    post("/api/v1/tasks", {"title": title}, login["access_token"])
print(login["access_token"])
PY
    )
    echo "== fuzzing on $name"
    # The event stream never ends, so it has no answer to judge; signing out would make every
    # later request a 401.
    schemathesis run "http://127.0.0.1:$port/openapi.json" \
        --url "http://127.0.0.1:$port" \
        --header "Authorization: Bearer $token" \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance \
        --exclude-path-regex '/events$|/auth/(logout|logout-all|sessions/.*)$' \
        --max-examples "$examples" --generation-database none --seed 42 \
        --request-timeout 20 --suppress-health-check all --workers 1 || {
        echo "--- the end of the server's log"
        tail -n 30 "$base/$name/log"
        return 1
    }
    kill "$providers"
    providers=""
    kill "$server"
    wait "$server" || { echo "the server did not end well after SIGTERM"; return 1; }
    server=""
}

fuzz sqlite "sqlite://$base/sqlite/alveole.db"
if [ -n "${TEST_POSTGRES_URL:-}" ]; then
    database="alveole_fuzz_$$"
    psql --no-psqlrc -q -w -d "$TEST_POSTGRES_URL" -c "CREATE DATABASE $database" \
        -c "ALTER DATABASE $database SET synchronous_commit = off"
    fuzz postgres "${TEST_POSTGRES_URL%/*}/$database"
fi
