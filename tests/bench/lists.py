"""Measures every documented filter and order of the lists over 200 000 rows, as an administrator who
sees them all: `make bench-lists`, or `python3 tests/bench/lists.py target/release/alveole`.

One request at a time on an idle server; the middle one of BENCH_REPEATS (5). The goal is 100 ms.
BENCH_ROWS: tasks and products (200000); BENCH_DATABASE_URL: an empty PostgreSQL database to measure
on instead of SQLite. Words and dates are taken from the rows themselves, so that there are frequent
and rare ones, and ranges that nothing is in.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote

from run import POSTGRES, Server

ROWS = os.environ.get("BENCH_ROWS", "200000")
REPEATS = int(os.environ.get("BENCH_REPEATS", "5"))
GOAL = 100
API = "/api/v1"


def asked(server, path, token):
    """Milliseconds of the middle request, and how many rows there are."""
    taken = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        status, answer = server.call("GET", API + path, token=token)
        taken.append((time.perf_counter() - begun) * 1000)
        if status != 200:
            sys.exit(f"{path}: {status} {answer}")
    return statistics.median(taken), answer.get("pagination", {}).get("total")


def words(rows, field):
    """A frequent word of these rows and a rare one."""
    counts = Counter(w.lower() for row in rows for w in row[field].split() if w.isalpha() and len(w) > 3)
    ranked = [word for word, _ in counts.most_common()]
    return ranked[0], ranked[-1]


def sorts(*fields):
    return [f"sort={sign}{field}" for field in fields for sign in ("", "-")]


def questions(server, token):
    """Every filter and order of the documented lists."""
    def rows(path):
        return server.call("GET", f"{API}{path}", token=token)[1]["data"]

    tasks = rows("/tasks?limit=100")
    frequent, rare = words(tasks, "title")
    due = sorted(task["due_date"] for task in tasks if task.get("due_date"))
    half = quote(due[len(due) // 2][:10] + "T00:00:00Z")
    tag = next(task["tags"][0] for task in tasks if task["tags"])
    person = tasks[0]["user_id"]
    yield "/tasks", [
        "", "status=pending", "status=completed&priority=high", "status=in_progress&overdue=true",
        f"assignee_id={person}", f"user_id={person}", f"tag={quote(tag)}", f"q={frequent}", f"q={rare}",
        f"q={frequent[:2]}", f"q={frequent}%20{rare}", f"due_before={half}",
        "due_before=1971-01-01T00:00:00Z", f"due_after={half}",
        "due_after=2999-01-01T00:00:00Z", "overdue=true", "overdue=false", "page=500",
        *sorts("created_at", "updated_at", "due_date", "priority", "status", "title"),
        f"q={frequent}&sort=title", "status=pending&sort=-due_date",
    ]
    products = rows("/products?limit=100")
    category = next(p["category_id"] for p in products if p.get("category_id"))
    brand = next((p["brand"] for p in products if p.get("brand")), "none")
    price = sorted(p["price"] for p in products if p.get("price") is not None)
    yield "/products", [
        "", f"category_id={category}", f"brand={quote(brand)}", "min_price=0", "min_price=999999999",
        f"max_price={price[len(price) // 2]}", "max_price=0", "in_stock=true", "in_stock=false",
        *sorts("name", "price", "created_at"), f"brand={quote(brand)}&in_stock=true&sort=price",
    ]
    frequent, rare = words(products, "name")
    yield "/products/search", [f"q={frequent}", f"q={rare}", f"q={frequent[:2]}"]
    yield "/admin/audit", ["", "action=user.registered", "actor_id=1"]
    yield "/admin/users", ["", "role=user", "status=active", "search=demo", *sorts("created_at", "username")]


def main():
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("usage: lists.py BINARY")
    binary = str(Path(sys.argv[1]).resolve())
    slow = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Server(binary, folder, POSTGRES or f"sqlite://{folder}/alveole.db")
        begun = time.time()
        server.run("seed", "--users", "200", "--tasks", ROWS, "--products", ROWS, "--files", "0")
        print(f"seeded in {time.time() - begun:.0f} s", file=sys.stderr)
        if POSTGRES:
            # What autovacuum does within minutes.
            subprocess.run(["psql", "-qc", "VACUUM ANALYZE", POSTGRES], check=True)
        server.start()
        try:
            token = server.sign_in("root@example.com", "a quiet walk by the sea")
            base, _ = asked(server, "/auth/check", token)
            print(f"{'PostgreSQL' if POSTGRES else 'SQLite'}, {ROWS} rows; /auth/check {base:.1f} ms\n")
            print("| list | ms | rows |\n|---|--:|--:|")
            for path, filters in questions(server, token):
                for asks in filters:
                    took, total = asked(server, f"{path}?{asks}", token)
                    mark = "" if took <= GOAL else " (slow)"
                    slow += [f"{path}?{asks}"] if mark else []
                    print(f"| `{path}?{asks}`{mark} | {took:.0f} | {total if total is not None else ''} |", flush=True)
        finally:
            server.stop()
    print(f"\nOver {GOAL} ms: {', '.join(slow)}" if slow else f"\nNothing over {GOAL} ms.")


if __name__ == "__main__":
    main()
