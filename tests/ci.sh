#!/bin/sh
# What CI runs, with the time of each step. A step over its budget (ARCHITECTURE, minutes) is a warning, not a
# failure: machines differ, and CI as a whole has to stay under 40 minutes.
set -eu
cd "$(dirname "$0")/.."
make=${MAKE:-make}
cargo=${CARGO:-cargo}
summary=""
name="the start"
# The last lines of a log are the ones that are read.
trap '[ $? -eq 0 ] || printf "ci: all steps%s\nci: FAILED in: %s\n" "$summary" "$name"' EXIT
started=$(date +%s)

# step NAME MINUTES COMMAND…
step() {
    name=$1
    budget=$(($2 * 60))
    shift 2
    begin=$(date +%s)
    "$@"
    took=$(($(date +%s) - begin))
    note=""
    [ "$took" -le "$budget" ] || note=" (over its budget of $budget s)"
    summary="$summary
$(printf '%5d s  %s%s' "$took" "$name" "$note")"
    printf 'ci: %s took %d s%s\n' "$name" "$took" "$note"
}

counts=${CARGO_TARGET_DIR:-target}/coverage

# Has programs of the build leave counts of the lines that ran (tests/coverage.py), and tests the statuses
# that they saw (tests/statuses.py).
counted() {
    rm -rf "$counts"
    mkdir -p "$counts"
    folder=$(cd "$counts" && pwd)
    LLVM_PROFILE_FILE="$folder/%4m.profraw" TEST_STATUSES="$folder/statuses" "$@"
}

step "format and licences" 1 "$make" fmt deny
step "build with clippy" 17 "$cargo" build --workspace --all-targets --locked
step "build cluster and browser" 1 "$cargo" build --workspace --test cluster --test browser --locked
step "minimal features" 3 "$make" test-features
step "golden files" 1 "$make" golden-check
step "deployment" 2 "$make" deploy-check
step "fuzzing" 3 "$make" fuzz-api
step "document" 1 "$make" lint-openapi
step "clients" 2 "$make" test-clients
step "tests and journeys" 14 counted "$make" test
step "coverage" 1 python3 tests/coverage.py
# What is missing may become less, never more.
step "documented statuses" 1 python3 tests/statuses.py "$counts/statuses" 60
step "example program" 2 "$make" test-example
step "new domain" 3 python3 tests/domain/test.py --quick
step "documents" 1 "$make" test-pdf
step "browser" 4 "$make" test-browser
step "cluster" 5 "$make" test-cluster
printf 'ci: all steps%s\n%5d s  in all\n' "$summary" "$(($(date +%s) - started))"
