#!/usr/bin/env python3
"""Makes migrations and lists them in migrations/checksums.txt.

    tests/migrations.py new NAME    four empty files under a new version, the same name on both engines
    tests/migrations.py list        appends what the list lacks

The list is append-only: a migration on it has run somewhere, so its files never change. One that is
not on it and is older than its last line gets a version of now, because it will run last.
"""
import datetime
import hashlib
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent / "migrations"
LIST = ROOT / "checksums.txt"
ENGINES = ("sqlite", "postgres")
NAME = re.compile(r"^(\d{4}-\d{2}-\d{2}-\d{6})_([a-z0-9_]+)$")


def checksum(engine, name):
    sql = b"".join((ROOT / engine / name / file).read_bytes() for file in ("up.sql", "down.sql"))
    return hashlib.sha256(sql).hexdigest()


def lines():
    return LIST.read_text().splitlines() if LIST.exists() else []


def version(after):
    """Now (UTC), or a second after the last one when the clock is behind it."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None, microsecond=0)
    if after:
        last = datetime.datetime.strptime(after, "%Y-%m-%d-%H%M%S")
        now = max(now, last + datetime.timedelta(seconds=1))
    return now.strftime("%Y-%m-%d-%H%M%S")


def folders():
    """The names in both folders, oldest first."""
    found = [{path.name for path in (ROOT / engine).iterdir() if path.is_dir()} for engine in ENGINES]
    alone = found[0] ^ found[1]
    if alone:
        sys.exit(f"only one engine has {', '.join(sorted(alone))}: write both")
    return sorted(found[0])


def new(name):
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        sys.exit("usage: make migration name=tasks_estimate   (lower case and underscores)")
    names = folders()
    full = f"{version(names[-1][:17] if names else None)}_{name}"
    for engine in ENGINES:
        folder = ROOT / engine / full
        folder.mkdir()
        for file in ("up.sql", "down.sql"):
            (folder / file).touch()
            print(f"migrations/{engine}/{full}/{file}")
    print("Write these four, then run `make migrations` to list them in migrations/checksums.txt.")


def list_new():
    listed = lines()
    known = {line.split()[0] for line in listed}
    for name in folders():
        if name in known:
            continue
        match = NAME.match(name)
        if not match:
            sys.exit(f"{name}: a migration is called YYYY-MM-DD-HHMMSS_name")
        last = listed[-1][:17] if listed else ""
        if match[1] <= last:
            renamed = f"{version(last)}_{match[2]}"
            for engine in ENGINES:
                (ROOT / engine / name).rename(ROOT / engine / renamed)
            print(f"{name} is now {renamed}, so that it runs last")
            name = renamed
        listed.append(" ".join([name, *(checksum(engine, name) for engine in ENGINES)]))
        print(f"listed {name}")
    LIST.write_text("".join(f"{line}\n" for line in listed))


if sys.argv[1:2] == ["new"] and len(sys.argv) == 3:
    new(sys.argv[2])
elif sys.argv[1:] == ["list"]:
    list_new()
else:
    sys.exit(__doc__)
