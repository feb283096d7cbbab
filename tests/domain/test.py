#!/usr/bin/env python3
"""Makes a domain in a copy of the tree, builds the copy and tests it.

    tests/domain/test.py [NAME]             everything that a new domain has to pass: make test-domain
    tests/domain/test.py [NAME] --quick     its libraries, the document and the architecture: in CI

The copy is in target/domain-trial and shares the compiled libraries of others with target/debug, so only our own
crates are compiled. It is removed when all passed.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
TRIAL = TARGET / "domain-trial"
PROGRAM = TRIAL / "target/debug/alveole"
CARGO = os.environ.get("CARGO", "cargo")
# Written by programs, so they are not among the files that a person edits.
GENERATED = ("Cargo.lock", "migrations/checksums.txt", "openapi/")
MOST_SHARED = 12


def run(*command, **extra):
    environment = {**os.environ, "CARGO_TARGET_DIR": str(TRIAL / "target"), **extra.pop("env", {})}
    begin = time.monotonic()
    done = subprocess.run([str(part) for part in command], cwd=TRIAL, env=environment, **extra)
    took = time.monotonic() - begin
    if took > 5:
        print(f"trial domain: {' '.join(map(str, command))[:70]} took {took:.0f} s", flush=True)
    if done.returncode:
        sys.exit(f"trial domain: {' '.join(map(str, command))} failed; {TRIAL} is left as it was")
    return done.stdout


def copy():
    """The tree as it is, committed or not, as a repository of its own."""
    shutil.rmtree(TRIAL, ignore_errors=True)
    TRIAL.mkdir(parents=True)
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (TRIAL / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, TRIAL / name)
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "The tree before")
    compiled = TARGET / "debug"
    (TRIAL / "target/debug").mkdir(parents=True)
    for folder in ("deps", "build", ".fingerprint"):
        if (compiled / folder).is_dir():
            run("cp", "-al", compiled / folder, TRIAL / "target/debug" / folder)
    # Our own crates have the same hashes there as here. What a build writes in place would reach the other end of a
    # link, and the tree itself would be built anew afterwards.
    ours = set()
    for folder in ("build", ".fingerprint"):
        for entry in (TRIAL / "target/debug" / folder).glob("*-*"):
            if entry.name.startswith(("alveole-", "notes-")):
                ours.add(entry.name.rsplit("-", 1)[1])
                shutil.rmtree(entry)
    for file in (TRIAL / "target/debug/deps").iterdir():
        if file.suffix == ".d" or file.name.split(".")[0].rsplit("-", 1)[-1] in ours:
            file.unlink()


def git(*arguments):
    who = ("-c", "user.name=trial", "-c", "user.email=trial@example.com")
    return run("git", *who, *arguments, capture_output=True, text=True)


def count():
    """Refuses more shared files than a domain may edit."""
    shared = [line for line in git("diff", "--stat=200", "HEAD").splitlines() if "|" in line]
    shared = [line.strip() for line in shared if not line.strip().startswith(GENERATED)]
    git("add", "--all")
    added = git("diff", "--cached", "--numstat", "--diff-filter=A").splitlines()
    lines = sum(int(line.split("\t")[0]) for line in added)
    print(f"trial domain: {len(shared)} shared files edited, {len(added)} files of its own with {lines} lines")
    print("\n".join(f"    {line}" for line in shared), flush=True)
    if len(shared) > MOST_SHARED:
        sys.exit(f"trial domain: a domain may edit at most {MOST_SHARED} shared files")


def golden():
    """Writes the document as the program has it."""
    for command, file in (("openapi", "openapi.json"), ("problems", "problems.md")):
        text = run(PROGRAM, command, capture_output=True)
        (TRIAL / "openapi" / file).write_bytes(text)


def binaries(*targets):
    """Test programs by package and target."""
    built = run(CARGO, "test", "--workspace", "--locked", "--no-run", "--message-format=json", *targets,
                stdout=subprocess.PIPE, text=True)
    found = {}
    for line in built.splitlines():
        message = json.loads(line)
        if message.get("executable") and message.get("profile", {}).get("test"):
            package = pathlib.Path(message["manifest_path"]).parent.relative_to(TRIAL)
            found[str(package), message["target"]["name"]] = message["executable"]
    return found


def test(found, package, target, *arguments):
    begin = time.monotonic()
    done = subprocess.run([found[package, target], *arguments], cwd=TRIAL / package, capture_output=True, text=True,
                          env={**os.environ, "CARGO": CARGO, "ALVEOLE_BIN": str(PROGRAM)})
    result = [line for line in done.stdout.splitlines() if line.startswith("test result")]
    print(f"trial domain: {package} {target} {' '.join(arguments)}: {' '.join(result)} "
          f"({time.monotonic() - begin:.0f} s)", flush=True)
    if done.returncode:
        sys.exit(done.stdout[-20000:] + done.stderr[-2000:])
    if " 0 passed" in " ".join(result):
        sys.exit(f"trial domain: {package} {target} {' '.join(arguments)} has no such test")


def main(arguments):
    quick = "--quick" in arguments
    name = next((word for word in arguments if not word.startswith("-")), "recipes")
    copy()
    run(sys.executable, "tests/domain/make.py", name)
    count()
    run(CARGO, "fmt", "--all", "--check")
    if quick:
        run(CARGO, "build", "--workspace", "--locked", "--lib", "--bins", "--test", "architecture")
        golden()
        test(binaries("--test", "architecture"), "tests", "architecture")
    else:
        run(CARGO, "build", "--workspace", "--locked", "--all-targets")
        golden()
        found = binaries("--lib", "--test", "it", "--test", "architecture", "--test", "e2e")
        test(found, "tests", "architecture")
        test(found, f"crates/domain/{name}", name)
        test(found, f"crates/domain/{name}", "it")
        test(found, "crates/adapters/memory", "it", f"::{name}::")
        test(found, "crates/adapters/diesel", "it", f"::{name}::")
        test(found, "crates/adapters/diesel", "it", "migrations")
        test(found, f"crates/rest/{name}", "it")
        test(found, "crates/app", "it")
        test(found, "tests", "e2e", f"::{name}::")
        test(found, "tests", "e2e", "authz::")
    shutil.rmtree(TRIAL)


main(sys.argv[1:])
