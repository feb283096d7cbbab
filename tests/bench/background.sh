#!/bin/sh
# Builds the server of tests/bench/background as a member of the workspace, which it is not otherwise, and
# measures it.
set -eu
cd "$(dirname "$0")/../.."
sh tests/member.sh tests/bench/background build --release --package alveole-bench
exec python3 tests/bench/background.py "${CARGO_TARGET_DIR:-target}/release/alveole-bench"
