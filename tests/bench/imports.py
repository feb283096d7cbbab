"""Measures how long other clients wait while a large CSV file is imported: `make bench-import`, or
`python3 tests/bench/imports.py target/release/alveole`.

One client writes a task every few milliseconds, another reads an administrator's list of products,
which no cache answers; first on an idle server, then while BENCH_ROWS (100000) new products are
imported. The goal for the writer is 100 ms. Then as many products are changed as one file may
change, which is the longest single unit of work of an import. BENCH_DATABASE_URL: an empty
PostgreSQL database to measure on instead of SQLite.
"""

import http.client
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from run import POSTGRES, Server

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
CHANGES = 1000
GOAL = 100
API = "/api/v1"


class Client(threading.Thread):
    """Sends one request after another over one connection, and notes how long each took."""

    def __init__(self, server, token, method, path, body=None, pause=0.005):
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}"}
        if body is not None:
            self.headers["Content-Type"] = "application/json"
        self.asked = (method, API + path, json.dumps(body) if body is not None else None)
        self.pause = pause
        self.taken = []
        self.errors = 0
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            begun = time.perf_counter()
            self.connection.request(*self.asked, self.headers)
            answer = self.connection.getresponse()
            answer.read()
            self.taken.append((time.perf_counter() - begun) * 1000)
            self.errors += answer.status >= 300
            time.sleep(self.pause)

    def stop(self):
        self.over.set()
        self.join()


def beside(server, token, work):
    """Runs `work` beside the two clients; returns its seconds and the clients."""
    clients = {
        "create a task": Client(server, token, "POST", "/tasks", {"title": "Water the plants"}),
        "list 20 products": Client(server, token, "GET", "/admin/products?limit=20", pause=0.02),
    }
    for client in clients.values():
        client.start()
    begun = time.perf_counter()
    work()
    seconds = time.perf_counter() - begun
    for client in clients.values():
        client.stop()
    return seconds, clients


def show(what, seconds, clients):
    for name, client in clients.items():
        taken = sorted(client.taken)
        p50, p99 = (taken[int((len(taken) - 1) * part)] for part in (0.5, 0.99))
        print(f"| {what} | {seconds:.1f} | {name} | {len(taken)} | {p50:.1f} | {p99:.1f} | "
              f"{taken[-1]:.1f} | {client.errors} |")


def post(server, token, lines):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=900)
    connection.request("POST", f"{API}/admin/products/import", "\n".join(lines).encode(), {
        "Authorization": f"Bearer {token}", "Content-Type": "text/csv"})
    answer = connection.getresponse()
    report = json.loads(answer.read())
    if answer.status != 200:
        sys.exit(f"import: {answer.status} {report}")
    return report["data"]


def main():
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("usage: imports.py BINARY (a release build)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = POSTGRES or f"sqlite://{folder / 'server' / 'alveole.db'}"
        server = Server(str(Path(sys.argv[1]).resolve()), folder / "server", url)
        server.start()
        try:
            report_on(server)
        finally:
            server.stop()


def report_on(server):
    token = server.sign_in("root@example.com", "a quiet walk by the sea")
    new = ["name,brand,price,stock,description"] + [
        f"Talas {n},Talas Audio,{n % 50000},{n % 7},Loudspeaker number {n} with two years of warranty"
        for n in range(ROWS)]
    print("| meanwhile | seconds | client | requests | p50 ms | p99 ms | max ms | errors |")
    print("|---|--:|---|--:|--:|--:|--:|--:|")
    show("nothing", *beside(server, token, lambda: time.sleep(5)))
    seconds, clients = beside(server, token, lambda: post(server, token, new))
    show(f"an import of {ROWS} products", seconds, clients)
    longest = max(clients["create a task"].taken)
    _, page = server.call("GET", f"{API}/admin/products?limit=100", token=token)
    first = page["data"][0]["id"] - CHANGES
    changes = ["id,name,price,stock,description"] + [
        f"{first + n},Renamed {n},{n + 1},{n % 9 + 1},Loudspeaker {n} of the autumn with new feet"
        for n in range(CHANGES)]
    seconds, clients = beside(server, token, lambda: post(server, token, changes))
    show(f"an import of {CHANGES} changes", seconds, clients)
    longest = max(longest, *clients["create a task"].taken)
    print(f"\nThe longest write took {longest:.0f} ms; the goal is {GOAL} ms.")


if __name__ == "__main__":
    main()
