#!/bin/sh
# Installs what package.py made for this machine, as people would, and runs it: sh deploy/release/check.sh OUT
set -eu
out=$(cd "${1:?usage: check.sh OUT}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$out"
for sum in *.sha256; do sha256sum --quiet -c "$sum"; done

tar -xzf alveole-*.tar.gz -C "$work"
for binary in "$work"/alveole-*/alveole; do "$binary" --version; done

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-index alveole-*.whl
"$work/venv/bin/alveole" --version

if command -v npm >/dev/null 2>&1; then
    npm install --silent --no-audit --no-fund --offline --prefix "$work/npm" "$out"/*.tgz
    "$work/npm/node_modules/.bin/alveole" --version
else
    echo "NOT CHECKED: the npm package, because there is no npm" >&2
fi
echo "the packages install and run"
