#!/bin/sh
# Checks small sets of features: nothing but accounts on SQLite, the same on PostgreSQL, and each domain alone. Flags and
# folder are those of the whole build, so that what was made for it (C libraries, macros) is there; what only another
# feature uses is no dead code, so warnings are no errors here (tests/lenient.sh) and shown only with one.
set -eu
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
RUSTC_WORKSPACE_WRAPPER=$PWD/tests/lenient.sh
export RUSTC_WORKSPACE_WRAPPER
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for set in "" postgres tasks files products notifications integrations; do
    begin=$(date +%s)
    "$cargo" check --quiet --locked --package alveole-app --bins --no-default-features --features "$set" \
        2>"$log" || { cat "$log"; exit 1; }
    printf 'features: %s took %d s\n' "${set:-none}" "$(($(date +%s) - begin))"
done
