#!/bin/sh
# Runs a command with a PostgreSQL server to test on, and says loudly when there is none.
#
# It takes TEST_POSTGRES_URL when it is set, then a server on 127.0.0.1:5432 that lets `postgres`
# in, then a throw-away cluster of its own (which refuses to run as root, hence the detour).
set -eu

run() {
    if [ -n "${TEST_POSTGRES_URL:-}" ]; then
        echo "backends: sqlite, postgres"
    else
        echo "backends: sqlite ONLY (no PostgreSQL found: install it, or set TEST_POSTGRES_URL)" >&2
    fi
    "$@"
}

if [ -n "${TEST_POSTGRES_URL:-}" ]; then
    run "$@"
    exit
fi

local_url="postgres://postgres@127.0.0.1:5432/postgres"
if command -v psql >/dev/null 2>&1 &&
    PGCONNECT_TIMEOUT=2 psql --no-psqlrc -w -qAt -d "$local_url" -c 'SELECT 1' >/dev/null 2>&1; then
    export TEST_POSTGRES_URL="$local_url"
    run "$@"
    exit
fi

bin=""
for dir in $(printf '%s' "$PATH" | tr ':' ' ') /usr/lib/postgresql/*/bin; do
    [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ] && bin="$dir"
done
if [ -z "$bin" ] || ! command -v psql >/dev/null 2>&1; then
    run "$@"
    exit
fi

as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    account=postgres
    id "$account" >/dev/null 2>&1 || account=nobody
    as() { runuser -u "$account" -- "$@"; }
fi
base=$(mktemp -d)
chmod 755 "$base"
mkdir "$base/data"
[ "$(id -u)" = 0 ] && chown "$account" "$base" "$base/data"
port=$((20000 + $$ % 20000))
stop() {
    as "$bin/pg_ctl" -D "$base/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$base"
}
trap stop EXIT INT TERM
as "$bin/initdb" -D "$base/data" -U postgres -A trust -E UTF8 --locale=C >/dev/null
as "$bin/pg_ctl" -D "$base/data" -w -l "$base/log" \
    -o "-p $port -k $base -c listen_addresses=127.0.0.1 -c max_connections=200" start >/dev/null
export TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
run "$@"
