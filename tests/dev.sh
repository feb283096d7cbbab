#!/bin/sh
# Rebuilds and restarts the server whenever a source file changes. Needs nothing but a shell.
set -u
cd "$(dirname "$0")/.." || exit
stamp=$(mktemp)
server=""
stop() {
    [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
    server=""
}
trap 'stop; rm -f "$stamp"; exit 0' INT TERM
target=${CARGO_TARGET_DIR:-target}
while :; do
    touch "$stamp"
    if cargo build --bin alveole; then
        stop
        "$target/debug/alveole" serve &
        server=$!
    else
        echo "The server of the last good build goes on."
    fi
    while [ -z "$(find crates migrations Cargo.toml Cargo.lock alveole.yaml -newer "$stamp" \
        -type f 2>/dev/null | head -n 1)" ]; do
        sleep 1
    done
done
