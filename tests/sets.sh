#!/bin/sh
# Measures sets of features as a table for the README: a clean build of what `make run` builds, a build after one handler
# was edited, and the size of the program. Takes as long as three clean builds; let nothing else run meanwhile.
set -eu
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/sets
export CARGO_TARGET_DIR
unset RUSTFLAGS RUSTC_WORKSPACE_WRAPPER
handler=crates/rest/users/src/lib.rs

# build FLAGS…: prints the seconds that it took.
build() {
    begin=$(date +%s)
    "$cargo" build --quiet --release --locked --package alveole-app --bin alveole "$@" >&2
    echo $(($(date +%s) - begin))
}

echo "| set | clean build | after one handler edit | program |"
echo "|---|--:|--:|--:|"
for set in minimal postgres default; do
    case $set in
    minimal) flags="--no-default-features" ;;
    postgres) flags="--no-default-features --features postgres" ;;
    default) flags="" ;;
    esac
    rm -rf "$CARGO_TARGET_DIR"
    # shellcheck disable=SC2086
    clean=$(build $flags)
    touch "$handler"
    # shellcheck disable=SC2086
    edit=$(build $flags)
    size=$(wc -c <"$CARGO_TARGET_DIR/release/alveole")
    awk -v set="$set" -v clean="$clean" -v edit="$edit" -v size="$size" \
        'BEGIN { printf "| %s | %d s | %d s | %.1f MiB |\n", set, clean, edit, size / 1048576 }'
done
rm -rf "$CARGO_TARGET_DIR"
