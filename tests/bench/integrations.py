"""Measures third-party data: `make bench-integrations`, or `sh tests/bench/background.sh integrations`.

A provider of prices is played here. A cached answer is a ratio to a cached read of a task in the same run.

Needs `wrk`. BENCH_DATABASE_URL: an empty PostgreSQL database to measure on instead of SQLite. BENCH_SECONDS (5),
BENCH_ROUNDS (3). Waits a minute, until the answers are stale.
"""

import http.client
import http.server
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from background import API, Bench, Report, make, percentile
from run import POSTGRES, ROUNDS, SECONDS, wrk

PRICE = "/crypto?symbol=BTC&currency=EUR"
# After so many seconds an answer is stale.
FRESH = 60


class Provider:
    """Says a price, or hangs."""

    def __init__(self):
        provider, self.hangs, self.asked = self, False, 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                provider.asked += 1
                while provider.hangs:
                    time.sleep(0.1)
                body = b'{"symbol":"BTCEUR","price":"56000.10000000"}'
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"


def asked(bench, connection):
    """Milliseconds of one answer, and whether it is stale."""
    begun = time.perf_counter()
    connection.request("GET", API + PRICE, headers={"Authorization": f"Bearer {bench.token}"})
    answer = connection.getresponse()
    body = json.loads(answer.read())
    if answer.status != 200:
        sys.exit(f"GET {PRICE}: {answer.status} {body}")
    return (time.perf_counter() - begun) * 1000, body["data"]["stale"]


def first_callers(bench, callers=64):
    """Milliseconds of so many callers who come together."""
    taken = []

    def call():
        taken.append(asked(bench, http.client.HTTPConnection("127.0.0.1", bench.server.port, timeout=30)))

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(taken) < callers or not all(stale for _, stale in taken):
        sys.exit("an answer is missing, or does not say that it is stale")
    return max(ms for ms, _ in taken)


def measure(start, folder):
    provider = Provider()
    server = start("one", ALVEOLE__INTEGRATIONS__CRYPTO__BASE_URL=provider.url())
    bench, report = Bench(server, folder), Report()
    task = bench.call("POST", "/tasks", {"title": "Measure the server"})["id"]
    reads = bench.requests("read", "GET", f"/tasks/{task}")
    prices = bench.requests("price", "GET", PRICE)
    for requests in (reads, prices):
        wrk(server, requests, seconds=2)
    rows = {"read": [], "price": []}
    for number in range(ROUNDS):
        for name, requests in (("read", reads), ("price", prices)):
            result = wrk(server, requests)
            if result["status_errors"]:
                sys.exit(f"{result['status_errors']} of {name} were refused")
            rows[name].append(result["rate"])
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
    report.line("cached reads of a task a second, 64 connections", f"{statistics.median(rows['read']):,.0f}")
    report.line("cached prices a second", f"{statistics.median(rows['price']):,.0f}")
    ratio = statistics.median(price / read for price, read in zip(rows["price"], rows["read"]))
    report.ratio("the same", ratio, 0.8, "of cached reads")
    report.line("calls of the provider", f"{provider.asked}")

    provider.hangs = True
    time.sleep(FRESH + 1)
    report.milliseconds("the first of 64 callers whose provider hangs, the slowest", first_callers(bench), 3100)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    stale = [asked(bench, connection) for _ in range(1000)]
    if not all(is_stale for _, is_stale in stale):
        sys.exit("an answer does not say that it is stale")
    report.milliseconds("stale answers after that, p99", percentile([ms for ms, _ in stale], 0.99), 5)
    provider.hangs = False
    print(f"\n{os.cpu_count()} cores, {'PostgreSQL' if POSTGRES else 'SQLite'}, "
          f"{time.strftime('%Y-%m-%d')}; {ROUNDS} alternating rounds of {SECONDS} s, medians. "
          + (f"Missed: {'; '.join(report.missed)}." if report.missed else "Every goal is met."))


def main():
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("usage: integrations.py BINARY (of tests/bench/background)")
    binary = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder, servers = Path(name), []

        def start(name, **settings):
            server = make(binary, folder, name, **settings)
            servers.append(server)
            server.start()
            return server

        try:
            measure(start, folder)
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    main()
