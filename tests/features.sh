#!/bin/sh
# Checks small sets of features: nothing but accounts on SQLite, and sets of domains. Each domain is in two of the five
# sets, no two domains in the same two: so for any two there is a set with the one and without the other, and code that
# uses a domain which is not its own doesn't compile in one of them. Ten domains fit; PostgreSQL is in one set. Flags and
# folder are those of the whole build, so that what was made for it (C libraries, macros) is there; what only another
# feature uses is no dead code, so warnings are no errors here, and shown only with one. Nothing of ours is translated to
# machine code (tests/lenient.sh).
set -eu
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
RUSTC_WORKSPACE_WRAPPER=$PWD/tests/lenient.sh
export RUSTC_WORKSPACE_WRAPPER
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for set in "" "tasks files products notifications" "tasks integrations webhooks inbound" "files integrations chat" \
    "products webhooks chat" "notifications inbound monitoring postgres" "monitoring"; do
    begin=$(date +%s)
    "$cargo" build --quiet --locked --package alveole-app --lib --no-default-features --features "$set" \
        2>"$log" || { cat "$log"; exit 1; }
    printf 'features: %s took %d s\n' "${set:-none}" "$(($(date +%s) - begin))"
done
