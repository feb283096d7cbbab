#!/bin/sh
# background.sh [WHAT]: builds the server of tests/bench/background as a member of the workspace, which it is not
# otherwise, and measures background work (`background`), webhooks (`webhooks`) or third-party data (`integrations`).
set -eu
cd "$(dirname "$0")/../.."
sh tests/member.sh tests/bench/background build --release --package alveole-bench
exec python3 "tests/bench/${1:-background}.py" "${CARGO_TARGET_DIR:-target}/release/alveole-bench"
