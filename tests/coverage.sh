#!/bin/sh
# Line coverage of all tests, the spawned servers included. The toolchain brings no llvm-tools;
# the LLVM that reads the profiles must be of rustc's own major version.
set -eu
cd "$(dirname "$0")/.."
major=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
if ! command -v "llvm-profdata-$major" >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq && apt-get install -y -qq "llvm-$major"
    else
        echo "coverage needs llvm-cov-$major and llvm-profdata-$major (package llvm-$major)" >&2
        exit 1
    fi
fi
LLVM_COV=$(command -v "llvm-cov-$major")
LLVM_PROFDATA=$(command -v "llvm-profdata-$major")
export LLVM_COV LLVM_PROFDATA
environment=$(mktemp)
trap 'rm -f "$environment"' EXIT
cargo llvm-cov show-env --sh >"$environment"
# shellcheck disable=SC1090
. "$environment"
cargo llvm-cov clean --workspace
cargo build --workspace --all-targets --locked
ALVEOLE_BIN="${CARGO_TARGET_DIR:-target}/debug/alveole"
ALVEOLE_BIN=$(cd "$(dirname "$ALVEOLE_BIN")" && pwd)/alveole
export ALVEOLE_BIN
sh tests/with-postgres.sh sh tests/summary.sh cargo test --workspace --locked --no-fail-fast
report="--ignore-filename-regex (^|/)tests/|/kit(\.rs|/)"
# shellcheck disable=SC2086
cargo llvm-cov report $report --html
# shellcheck disable=SC2086
cargo llvm-cov report $report --summary-only --fail-under-lines 80
