#!/bin/sh
# Stands for the compiler of our crates where they are only checked (tests/features.sh): warnings are no errors, whatever
# RUSTFLAGS say, and our libraries get metadata but no machine code. `cargo check` would do the same, and check every
# dependency first; in a build, those that the whole build has made are used.
linked=1
for argument in "$@"; do
    [ "$argument" != lib ] || linked=
done
if [ -z "$linked" ]; then
    count=$#
    while [ "$count" -gt 0 ]; do
        argument=$1
        shift
        case $argument in
            --emit=*) argument=--emit=dep-info,metadata ;;
        esac
        set -- "$@" "$argument"
        count=$((count - 1))
    done
fi
exec "$@" --cap-lints warn
