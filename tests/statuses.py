#!/usr/bin/env python3
"""Lists the documented statuses that no test has produced: every operation of openapi/openapi.json with
every status it documents, but for those that the tests recorded (`rest::testing::record_status`). Fails
when there are more than MOST (0).

    TEST_STATUSES=/tmp/statuses make test; tests/statuses.py /tmp/statuses [MOST]
"""
import collections
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
METHODS = ("get", "put", "post", "patch", "delete")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    most = int(sys.argv[2]) if len(sys.argv) == 3 else 0
    paths = json.loads((ROOT / "openapi/openapi.json").read_text())["paths"]
    # Fixed paths first, as the router has them.
    shapes = sorted(paths, key=lambda path: (path.count("{"), path))
    shapes = [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path) for path in shapes]
    seen = set()
    for line in set(pathlib.Path(sys.argv[1]).read_text().splitlines()):
        method, url, status = line.split(" ")
        path = next((path for shape, path in shapes if shape.fullmatch(url)), None)
        seen.add((method.lower(), path, status))
    missing, documented = collections.defaultdict(list), 0
    for path, operations in paths.items():
        for method in METHODS:
            for status in operations.get(method, {}).get("responses", {}):
                documented += 1
                if (method, path, status) not in seen:
                    missing[status].append(f"{method.upper()} {path}")
    for status, operations in sorted(missing.items()):
        print(f"{status}: {len(operations)}")
        for operation in operations:
            print(f"    {operation}")
    count = sum(map(len, missing.values()))
    print(f"{documented - count} of {documented} documented statuses were produced")
    if count > most:
        sys.exit(f"statuses: {count} were not produced, and at most {most} may be")


if __name__ == "__main__":
    main()
