#!/bin/sh
# Checks small sets of features: nothing but accounts on SQLite, the same on PostgreSQL, and each domain alone. They
# have a folder of their own, so that the builds of the whole program keep what they have. What only another feature
# uses is no dead code, so warnings are shown only with an error.
set -eu
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/features
export CARGO_TARGET_DIR
mkdir -p "$CARGO_TARGET_DIR"
unset RUSTFLAGS RUSTC_WORKSPACE_WRAPPER
for set in "" postgres tasks files products notifications; do
    begin=$(date +%s)
    "$cargo" check --quiet --locked --package alveole-app --bins --no-default-features --features "$set" \
        2>"$CARGO_TARGET_DIR/log" || { cat "$CARGO_TARGET_DIR/log"; exit 1; }
    printf 'features: %s took %d s\n' "${set:-none}" "$(($(date +%s) - begin))"
done
