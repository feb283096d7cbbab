#!/bin/sh
# Runs a command that starts nginx, Redis and PostgreSQL by itself: installs what is not there where
# that is possible, and else says loudly how to get it.
set -eu
PATH="$PATH:/usr/sbin:/usr/local/sbin"

absent=""
command -v nginx >/dev/null 2>&1 || absent="$absent nginx"
command -v redis-server >/dev/null 2>&1 || absent="$absent redis-server"
found=""
for dir in $(printf '%s' "$PATH" | tr ':' ' ') /usr/lib/postgresql/*/bin; do
    [ -x "$dir/initdb" ] && found=yes
done
{ [ -n "$found" ] && command -v psql >/dev/null 2>&1; } || absent="$absent postgresql"
# shellcheck disable=SC2086
[ -z "$absent" ] || sh "$(dirname "$0")/install.sh" $absent

# Thousands of connections are opened, and each has two ends here. Every `sh` that there is has `ulimit -n`.
# shellcheck disable=SC3045
limit=$(ulimit -n)
# shellcheck disable=SC3045
[ "$limit" = unlimited ] || [ "$limit" -ge 8192 ] || ulimit -n 8192 ||
    echo "only $limit open files are allowed (ulimit -n): what opens 2000 connections may fail" >&2

# All in one group, so that nothing outlives a run that is broken off: programs that were killed
# cannot clean up after themselves.
command -v setsid >/dev/null 2>&1 || exec "$@"
setsid "$@" &
group=$!
trap 'kill -TERM "-$group" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
wait "$group"
