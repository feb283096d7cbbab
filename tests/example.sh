#!/bin/sh
# Builds examples/notes and runs its tests.
set -eu
exec sh "$(dirname "$0")/member.sh" examples/notes test --workspace --test program
