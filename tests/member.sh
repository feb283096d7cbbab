#!/bin/sh
# member.sh FOLDER COMMAND…: runs `cargo COMMAND…` with the package of a folder that is outside of the
# workspace, as a program of yours would be. To build all of Alveole a second time would cost a quarter of an
# hour, so it joins the workspace while this runs: then every dependency is built already.
set -eu
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
folder=$1
shift
kept=$(mktemp -d)
cp -p Cargo.toml Cargo.lock "$kept/"
restore() {
    cp -p "$kept/Cargo.toml" "$kept/Cargo.lock" .
    rm -rf "$kept"
}
trap restore EXIT
trap 'exit 130' INT TERM
sed -e "s|^  \"tests\",\$|  \"tests\",\n  \"$folder\",|" -e '/^exclude = /d' "$kept/Cargo.toml" >Cargo.toml
# Cargo builds every member anew when this file is newer than what it built.
touch -r "$kept/Cargo.toml" Cargo.toml
"$cargo" "$@"
