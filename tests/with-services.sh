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
if [ -n "$absent" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "installing:$absent" >&2
        # Debian starts what it installs; nothing here needs that.
        policy=/usr/sbin/policy-rc.d
        made=""
        if [ ! -e "$policy" ]; then
            printf '#!/bin/sh\nexit 101\n' >"$policy"
            chmod 755 "$policy"
            made=yes
        fi
        # shellcheck disable=SC2086
        { apt-get update -q && apt-get install -q -y --no-install-recommends $absent; } >&2 ||
            echo "apt-get could not install:$absent" >&2
        [ -n "$made" ] && rm -f "$policy"
    else
        echo "MISSING:$absent" >&2
        echo "Debian and Ubuntu: sudo apt-get install$absent" >&2
        exit 1
    fi
fi

# Thousands of connections are opened, and each has two ends here.
limit=$(ulimit -n)
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
