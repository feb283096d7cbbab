#!/usr/bin/env python3
"""Verifies an export of the audit trail (JSON lines) with nothing but Python's standard library.

    python3 audit-verify.py trail.jsonl

Written from the description of the encoding in crates/domain/users/src/chain.rs, on purpose without
any code of the server's: who does not trust the server can still trust this. Exit 0 if the file is
one unbroken piece of the chain.
"""
import hashlib
import json
import sys

FIELDS = ("id", "at", "actor_id", "action", "target_id", "outcome", "ip", "request_id", "detail")


def digest(entry):
    data = b"alveole-audit-1\n" + bytes.fromhex(entry["previous_hash"])
    for name in FIELDS:
        if entry[name] is None:
            data += b"\0"
        else:
            text = str(entry[name]).encode()
            data += b"\1" + len(text).to_bytes(8, "big") + text
    return hashlib.sha256(data).hexdigest()


def main(path):
    last = None
    count = 0
    with open(path, encoding="utf-8", newline="\n") as lines:
        for line in lines:
            entry = json.loads(line)
            if digest(entry) != entry["hash"]:
                return f"entry {entry['id']} was changed"
            if last and entry["previous_hash"] != last["hash"]:
                return f"missing before entry {entry['id']}: it does not follow on {last['id']}"
            last = entry
            count += 1
    print(f"{count} entries, whole" + (f"; newest {last['id']}:{last['hash']}" if last else ""))
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
