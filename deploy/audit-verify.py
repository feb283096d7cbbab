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

BEFORE = ("id", "at", "actor_id", "action")
BEHIND = ("outcome", "ip", "request_id", "detail")
# What an entry is on, an account (or nothing) and anything else, and the encoding of each.
ON_ACCOUNTS = (b"alveole-audit-1\n", ("target_id",))
ON_RESOURCES = (b"alveole-audit-2\n", ("target_type", "target_id", "target_name"))


def digest(entry):
    # Exports of earlier versions have no type; all their entries are on accounts.
    on_account = entry.get("target_type") in (None, "user") and entry.get("target_name") is None
    version, target = ON_ACCOUNTS if on_account else ON_RESOURCES
    data = version + bytes.fromhex(entry["previous_hash"])
    for name in BEFORE + target + BEHIND:
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
