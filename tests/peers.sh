#!/bin/sh
# Libraries of senders (Stripe, GitHub, Standard Webhooks) sign what is sent to a real server, and libraries of receivers
# (Standard Webhooks, Svix) verify what it sends. Clients of WebSockets (websockets, ws) talk through it.
# usage: peers.sh BINARY PYTHON    (PYTHON has tests/peers/requirements.txt)
set -eu
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
python=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
cd "$(dirname "$0")/peers"
base=$(mktemp -d)
server=""
finish() {
    [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
    rm -rf "$base"
}
trap finish EXIT
trap 'exit 1' INT TERM
export PYTHONDONTWRITEBYTECODE=1
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export ALVEOLE_URL="http://127.0.0.1:$port"
export ALVEOLE_EMAIL=root@example.com ALVEOLE_PASSWORD="correct horse battery staple"
(cd "$base" && exec env PORT="$port" DATABASE_URL="sqlite://$base/alveole.db" \
    ALVEOLE__SERVER__HOST=127.0.0.1 ALVEOLE__SERVER__DATA_DIR="$base" UPLOAD_PATH="$base/files" \
    ALVEOLE__WEBHOOKS__ALLOW_NETWORKS=127.0.0.1 ALVEOLE__AUTH__BCRYPT_COST=4 ALVEOLE_ADMIN_EMAIL="$ALVEOLE_EMAIL" ALVEOLE_ADMIN_PASSWORD="$ALVEOLE_PASSWORD" \
    "$binary" serve >"$base/log" 2>&1) &
server=$!
python3 - <<'PY' || { tail -n 30 "$base/log"; exit 1; }
import os, sys, time, urllib.request

for attempt in range(300):
    try:
        urllib.request.urlopen(os.environ["ALVEOLE_URL"] + "/ready", timeout=2)
        break
    except OSError:
        time.sleep(0.1)
else:
    sys.exit("the server did not become ready")
PY
for program in send.py receive.py chat.py; do
    timeout 120 "$python" "$program" || { tail -n 30 "$base/log"; exit 1; }
done
