#!/bin/sh
# What CI runs, with the time of each step. A step over its budget (ARCHITECTURE, minutes) is a warning, not a
# failure: machines differ, and CI as a whole has to stay under 40 minutes.
set -eu
cd "$(dirname "$0")/.."
make=${MAKE:-make}
cargo=${CARGO:-cargo}
made=$(mktemp -d)
summary=$made/summary
: >"$summary"
name="the start"
# The last lines of a log are the ones that are read.
ended() {
    [ "$1" -eq 0 ] || printf 'ci: all steps\n%s\nci: FAILED in: %s\n' "$(cat "$summary")" "$name"
}
trap 'ended "$?"; rm -rf "$made"' EXIT
started=$(date +%s)

# step NAME MINUTES COMMAND…
step() {
    name=$1
    budget=$(($2 * 60))
    shift 2
    begin=$(date +%s)
    # Said here, because nothing ends a function by itself where its result is looked at.
    "$@" || return
    took=$(($(date +%s) - begin))
    note=""
    [ "$took" -le "$budget" ] || note=" (over its budget of $budget s)"
    printf '%5d s  %s%s\n' "$took" "$name" "$note" >>"$summary"
    printf 'ci: %s took %d s%s\n' "$name" "$took" "$note"
}

# beside FUNCTION: runs its steps beside those that follow. Steps that wait for one another's answers leave a core idle.
beside() {
    (
        trap 'ended "$?"' EXIT
        "$1"
    ) >"$made/beside" 2>&1 &
    other=$!
}

# together NAME MINUTES COMMAND…: a step beside which those of `beside` run; it ends when they have ended, too. Their
# output follows, unless it would hide why this step failed.
together() {
    mine=0
    theirs=0
    step "$@" || mine=$?
    wait "$other" || theirs=$?
    if [ "$mine" -ne 0 ]; then
        [ "$theirs" -eq 0 ] || tail -n 40 "$made/beside"
        return "$mine"
    fi
    cat "$made/beside"
    name="what ran beside $name; see above"
    return "$theirs"
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
step "console" 2 "$make" console
step "build cluster and browser" 1 "$cargo" build --workspace --test cluster --test browser --locked
step "golden files" 1 "$make" golden-check

others() {
    step "fuzzing" 5 "$make" fuzz-api
    step "deployment" 3 "$make" deploy-check
    step "document" 2 "$make" lint-openapi
    step "clients" 3 "$make" test-clients
    step "libraries of others" 1 "$make" test-peers
    step "autobahn" 1 "$make" test-autobahn
    step "documents" 1 "$make" test-pdf
    # Last, because it holds the folder of the build, which the tests need at their beginning.
    step "minimal features" 6 "$make" test-features
}
beside others
together "tests and journeys" 14 counted "$make" test
step "coverage" 1 python3 tests/coverage.py
# What is missing may become less, never more.
step "documented statuses" 1 python3 tests/statuses.py "$counts/statuses" 60
step "example program" 2 "$make" test-example
step "new domain" 3 python3 tests/domain/test.py --quick
# They measure, or wait for what a server that is short of time does late: nothing runs beside them.
step "browser" 5 "$make" test-browser
step "cluster" 5 "$make" test-cluster
printf 'ci: all steps\n%s\n%5d s  in all\n' "$(cat "$summary")" "$(($(date +%s) - started))"
