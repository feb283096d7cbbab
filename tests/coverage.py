#!/usr/bin/env python3
"""Says how many lines of each crate the last `make test` ran, the servers of the journeys included, and fails
below 80 % of all or 90 % of `domain/users`: `make coverage`, and a step of `make ci`.

The build has to be one by tests/instrument.sh, and its programs leave their counts in target/coverage. The
LLVM that reads them must be of rustc's own major version; the toolchain brings none.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
COUNTS = TARGET / "coverage"
LEAST = {"": 80, "crates/domain/users": 90}


def tool(name):
    """The path of an LLVM program, installed if need be and possible."""
    version = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    major = version.split("LLVM version: ")[1].split(".")[0]
    path = shutil.which(f"{name}-{major}")
    if not path:
        subprocess.run(["sh", ROOT / "tests/install.sh", f"llvm-{major}"], check=False)
        path = shutil.which(f"{name}-{major}")
    if not path:
        sys.exit(f"coverage: {name}-{major} is missing (Debian: apt-get install llvm-{major})")
    return path


def programs():
    """The server and the test programs of the present build, as cargo names them."""
    cargo = [os.environ.get("CARGO", "cargo"), "build", "--workspace", "--all-targets", "--locked",
             "--message-format=json", "--quiet"]
    built = subprocess.run(cargo, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    lines = map(json.loads, built.splitlines())
    return [line["executable"] for line in lines if line.get("executable")]


def measure():
    raw = sorted(COUNTS.glob("*.profraw"))
    if not raw:
        sys.exit("coverage: nothing was counted; run `make coverage`")
    data = COUNTS / "all.profdata"
    (COUNTS / "list").write_text("\n".join(map(str, raw)))
    subprocess.run([tool("llvm-profdata"), "merge", "-sparse", "-failure-mode=all", "-f", COUNTS / "list", "-o", data],
                   check=True)
    objects = [part for path in programs() for part in ("-object", path)]
    report = subprocess.run(
        [tool("llvm-cov"), "export", "-summary-only", f"-instr-profile={data}", *objects[1:]],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return json.loads(report.stdout)["data"][0]["files"]


def main():
    crates = {}
    for file in measure():
        path = pathlib.Path(file["filename"])
        if not path.is_relative_to(ROOT / "crates"):
            continue
        path = path.relative_to(ROOT)
        crate, sources, rest = str(path).partition("/src/")
        if not sources or rest.startswith(("kit/", "kit.rs")):
            continue
        lines = crates.setdefault(crate, [0, 0])
        lines[0] += file["summary"]["lines"]["covered"]
        lines[1] += file["summary"]["lines"]["count"]
    below = []
    for crate in [*sorted(crates), ""]:
        ran, lines = crates.get(crate) or map(sum, zip(*crates.values()))
        share = 100 * ran / lines
        print(f"coverage: {share:5.1f} %  {ran:6} of {lines:6} lines  {crate or 'in all'}")
        if share < LEAST.get(crate, 0):
            below.append(f"{crate or 'in all'}: {share:.1f} % is below {LEAST[crate]} %")
    if below:
        sys.exit("coverage: " + "; ".join(below))


if __name__ == "__main__":
    main()
