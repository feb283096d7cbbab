#!/bin/sh
# Packs the clients (wheel, source, npm package) with checksums, and installs what it packed:
# sh deploy/release/clients.sh OUT
set -eu
mkdir -p "${1:?usage: clients.sh OUT}"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/../../openapi/clients"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
python3 generate.py --check

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check build==1.6.1
"$work/venv/bin/python" -m build --outdir "$out" python >"$work/log" || { cat "$work/log"; exit 1; }
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "$out"/alveole_client-*.whl
"$work/venv/bin/python" -c 'from alveole_client import Client; Client().close()'

npm install --silent --no-package-lock --no-audit --no-fund --prefix typescript
npm pack --silent --pack-destination "$out" ./typescript >/dev/null
npm install --silent --no-audit --no-fund --prefix "$work/npm" "$out"/alveole-client-*.tgz
(cd "$work/npm" && node --input-type=module -e 'import { Client } from "@alveole/client"; new Client();')

cd "$out"
for file in alveole_client-*.whl alveole_client-*.tar.gz alveole-client-*.tgz; do
    sha256sum "$file" >"$file.sha256"
done
echo "the clients install and load"
