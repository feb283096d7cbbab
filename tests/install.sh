#!/bin/sh
# Installs packages of Debian that a test needs, where that is possible, and else says loudly how to get
# them. usage: install.sh PACKAGE …
set -eu
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "MISSING: $*" >&2
    echo "Debian and Ubuntu: sudo apt-get install $*" >&2
    exit 1
fi
echo "installing: $*" >&2
# Debian starts what it installs; nothing here needs that.
policy=/usr/sbin/policy-rc.d
made=""
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made=yes
fi
{ apt-get update -q && apt-get install -q -y --no-install-recommends "$@"; } >&2 ||
    echo "apt-get could not install: $*" >&2
[ -z "$made" ] || rm -f "$policy"
