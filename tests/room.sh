#!/bin/sh
# The skeleton of a new domain crate: sh tests/room.sh files
set -eu
cd "$(dirname "$0")/.."
name=${1:-}
case $name in
'' | *[!a-z]*) echo "usage: make room name=files   (a plural noun in lower case)" >&2; exit 1 ;;
esac
room=crates/domain/$name
[ -e "$room" ] && { echo "$room is there already" >&2; exit 1; }
mkdir -p "$room/src"
sed -e "s/alveole-tasks/alveole-$name/" -e "s/name = \"tasks\"/name = \"$name\"/" \
    -e "s/The tasks domain/The $name domain/" crates/domain/tasks/Cargo.toml >"$room/Cargo.toml"
cat >"$room/README.md" <<EOF
# $name

What this room is for, in a sentence a stranger understands.

## Words

## What is always true

## Events it publishes

## Decisions
EOF
map="//! The $name domain.
//!
//! | module | holds |
//! |---|---|
"
modules=""
file() {
    printf '//! %s\n' "$2" >"$room/src/$1.rs"
    map="$map//! | [\`$1\`] | $2 |
"
    modules="${modules}pub mod $1;
"
}
file commands "What can be asked of this room, made only of parsed values."
file error "What can go wrong in this room, in its own words."
file events "What this room tells the others; with record, the only file that may use serde."
file policy "Who may do what; pure."
file ports "What this room needs of a store and of the world: traits with numbered promises."
file query "How its things are looked for."
file record "The stored forms of its aggregates: there and back, with a VERSION."
file service "The use cases."
file values "The values its things are made of. Each is parsed once, at the door."
printf '//! The conformance suite: one case for each promise in ports.rs.\n' >"$room/src/kit.rs"
printf '%s\n%s#[cfg(feature = "kit")]\npub mod kit;\n' "$map" "$modules" >"$room/src/lib.rs"
rustfmt --edition 2024 "$room/src/lib.rs"
cat <<EOF
Made $room. Next:
  1. Cargo.toml: add "$room" to members, and alveole-$name = { path = "$room" } to
     [workspace.dependencies];
  2. tests/tests/architecture/layers.rs: let the layers that need it use alveole-$name;
  3. CONTRIBUTING.md tells the way from here.
EOF
