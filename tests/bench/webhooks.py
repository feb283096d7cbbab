"""Measures webhooks, out and in: `make bench-webhooks`, or `sh tests/bench/background.sh webhooks`.

The server is that of tests/bench/background; the same program receives (`alveole-bench sink`), on the same cores.
Every rate is a ratio to the durable create of a task over HTTP (D) of the same run.

Needs `wrk`. BENCH_DATABASE_URL: an empty PostgreSQL database to measure on instead of SQLite. BENCH_EVENTS (20000),
BENCH_ROWS (1000000), BENCH_SECONDS (5), BENCH_ROUNDS (3).
"""

import hashlib
import hmac
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from background import API, Bench, Report, execute, fill_feed, make, percentile, query
from run import HERE, POSTGRES, ROUNDS, SECONDS, wrk

EVENTS = int(os.environ.get("BENCH_EVENTS", "20000"))
MILLION = int(os.environ.get("BENCH_ROWS", "1000000"))
PATTERN = "task.created.*"
SECRET = "what both sides know"
# The columns of an endpoint but its id.
COPIED = """user_id url patterns description ordered rate state reason secret old_secret old_until streak failing_since
    warned wait_until last_success_at last_failure_at behind_at missed run held due_at enabled_at created_at updated_at
    version""".split()


class Sink:
    """What receives."""

    def __init__(self, binary):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([binary, "sink", str(self.port)])
        time.sleep(0.5)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path):
        with urllib.request.urlopen(self.url(path), timeout=60) as answer:
            return json.load(answer)

    def put(self, path):
        urllib.request.urlopen(urllib.request.Request(self.url(path), method="PUT"), timeout=60).close()

    def taken(self):
        return self.get("/count")["count"]

    def reach(self, count, seconds=600):
        """Waits until so many have been taken."""
        end = time.monotonic() + seconds
        while self.taken() < count:
            if time.monotonic() > end:
                sys.exit(f"{self.taken()} of {count} deliveries were taken")
            time.sleep(0.05)


    def settle(self):
        """Waits until nothing more comes for a second."""
        before = -1
        while before != (before := self.taken()):
            time.sleep(1)


class Hooks:
    """Endpoints of the person who administers."""

    def __init__(self, bench, sink):
        self.bench = bench
        self.sink = sink

    def add(self, path="/hook", **more):
        body = {"url": self.sink.url(path), "events": [PATTERN], **more}
        return self.bench.call("POST", "/webhooks/endpoints", body)["id"]

    def switch(self, endpoint, what, body=None):
        self.bench.call("POST", f"/webhooks/endpoints/{endpoint}/{what}", body or {})

    def remove(self, endpoint):
        self.bench.call("DELETE", f"/webhooks/endpoints/{endpoint}")

    def behind(self, creates, endpoint, events):
        """Disables an endpoint while so many tasks are created."""
        self.switch(endpoint, "disable")
        made = 0
        while made < events:
            made += wrk(self.bench.server, creates, seconds=1)["requests"]
        return made

    def deliver(self, creates, endpoint):
        """Deliveries a second of a backlog to a healthy endpoint."""
        made = self.behind(creates, endpoint, EVENTS)
        before = self.sink.taken()
        begun = time.perf_counter()
        self.switch(endpoint, "enable", {"from": "cursor"})
        self.sink.reach(before + made)
        return made / (time.perf_counter() - begun)

    def drain(self, creates):
        """Deliveries a second after an outage, from the first that was taken. The few that failed before the endpoint
        was half open have pauses of their own and are not waited for."""
        self.sink.put("/down")
        made = 0
        while made < EVENTS:
            made += wrk(self.bench.server, creates, seconds=1)["requests"]
        before = self.sink.taken()
        self.sink.put("/up")
        # A probe finds out when its time has come.
        self.sink.reach(before + 1)
        begun, first = time.perf_counter(), self.sink.taken()
        most = before + made * 19 // 20
        self.sink.reach(most)
        rate = (most - first) / (time.perf_counter() - begun)
        self.sink.settle()
        return rate


def first_tries(bench, sink, samples):
    """Milliseconds from the commit of a task to the arrival of its event, one after the other."""
    created = {}
    for _ in range(samples):
        task = bench.call("POST", "/tasks", {"title": "Measure the server"})
        created[str(task["id"])] = time.time()
        time.sleep(0.02)
    end = time.monotonic() + 60
    while True:
        arrivals = sink.get("/arrivals")
        if all(task in arrivals for task in created):
            return [max(0, arrivals[task] - when) * 1000 for task, when in created.items()]
        if time.monotonic() > end:
            sys.exit("first tries are missing")
        time.sleep(0.2)


def writer_ms(bench):
    """Milliseconds in which units wrote so far."""
    status, text = bench.server.call("GET", "/metrics", None, bench.token)
    text = text.decode() if isinstance(text, bytes) else str(text)
    return 1000 * sum(float(value) for value in re.findall(
        r'alveole_db_unit_run_seconds_sum\{[^}]*lane="write[^}]*\} (\S+)', text))


def fan_out(bench, hooks, sink, samples=20):
    """Milliseconds of the writer that one event to 100 endpoints costs until it is dispatched: what the writer did
    for a task with these endpoints, without the records of their answers."""
    sink.put("/down")
    endpoint = hooks.add("/hook/many", rate=1)
    # One person may have fewer, so the others are copies of the row.
    columns = ", ".join(COPIED)
    numbers = ("generate_series(1, 99) AS n" if POSTGRES else
               "(WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 99) SELECT n FROM n)")
    execute(bench.server, f"INSERT INTO webhook_endpoints ({columns}) "
            f"SELECT {columns} FROM webhook_endpoints, {numbers} WHERE id = {endpoint}")
    # When all are half open, nothing is sent for half a minute, and only the dispatcher writes.
    for _ in range(8):
        bench.call("POST", "/tasks", {"title": "Measure the server"})
    while query(bench.server, f"SELECT count(*) FROM webhook_endpoints WHERE id >= {endpoint} AND wait_until IS NULL"):
        time.sleep(0.1)
    time.sleep(0.5)
    before = query(bench.server, "SELECT max(id) FROM webhook_deliveries")
    cost = []
    for _ in range(samples):
        begun = writer_ms(bench)
        bench.call("POST", "/tasks", {"title": "Measure the server"})
        before += 100
        while query(bench.server, "SELECT max(id) FROM webhook_deliveries") < before:
            time.sleep(0.002)
        cost.append(writer_ms(bench) - begun)
    hooks.switch(endpoint, "disable")
    execute(bench.server, "UPDATE webhook_endpoints SET due_at = NULL, state = "
            f"(SELECT state FROM webhook_endpoints WHERE id = {endpoint}) WHERE id > {endpoint}")
    sink.put("/up")
    return statistics.median(cost)


def signed(folder, name, count):
    """A file of so many signed webhooks."""
    file = folder / f"{name}.txt"
    with file.open("w") as lines:
        for number in range(count):
            body = json.dumps({"id": f"{name}-{number}", "type": "measure", "number": number})
            code = hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
            lines.write(f"{API}/webhooks/measure\tX-Signature: sha256={code}\t{body}\n")
    return file


def receive(server, file, connections=64, seconds=SECONDS, pause_ms=0):
    output = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s",
         "-s", str(HERE / "signed.lua"), f"http://127.0.0.1:{server.port}", "--", str(file), str(pause_ms)],
        check=True, capture_output=True, text=True).stdout
    result = json.loads(output.strip().splitlines()[-1])
    if result["status_errors"]:
        sys.exit(f"{result['status_errors']} webhooks were refused")
    result["rate"] = result["requests"] / result["seconds"]
    return result


def measure(start, binary, folder):
    settings = {"ALVEOLE__WEBHOOKS__ALLOW_NETWORKS": "127.0.0.0/8", "ALVEOLE__RATE_LIMIT__WEBHOOK": "1000000/s"}
    server = start("one", **settings)
    bench, report, sink = Bench(server, folder), Report(), Sink(binary)
    try:
        hooks = Hooks(bench, sink)
        creates = bench.requests("create", "POST", "/tasks")
        wrk(server, creates, seconds=2)
        rows = {"create": [], "deliver": [], "drain": []}
        endpoint = hooks.add()
        for number in range(ROUNDS):
            hooks.switch(endpoint, "disable")
            rows["create"].append(wrk(server, creates)["rate"])
            hooks.switch(endpoint, "enable", {"from": "now"})
            rows["deliver"].append(hooks.deliver(creates, endpoint))
            rows["drain"].append(hooks.drain(creates))
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
        durable, steady = statistics.median(rows["create"]), statistics.median(rows["deliver"])
        report.line("D: creates of a task a second, 64 connections", f"{durable:,.0f}")
        report.line("deliveries a second to one endpoint, records included", f"{steady:,.0f}")
        report.ratio("the same", statistics.median(a / b for a, b in zip(rows["deliver"], rows["create"])), 0.12)
        drained = statistics.median(a / b for a, b in zip(rows["drain"], rows["deliver"]))
        report.ratio("deliveries after an outage", drained, 0.8, "of that")
        alone = percentile(first_tries(bench, sink, 300), 0.99)
        report.milliseconds("first try after its commit, p99", alone, 300)
        hanging = hooks.add("/slow")
        beside = percentile(first_tries(bench, sink, 300), 0.99)
        report.line("the same beside an endpoint that hangs", f"{beside / alone:.2f} ×", "≤ 2 ×", beside <= 2 * alone)
        hooks.remove(hanging)
        hooks.switch(endpoint, "disable")
        report.milliseconds("of the writer, for one event to 100 endpoints", fan_out(bench, hooks, sink), 20)

        body = {"scheme": "hmac", "secrets": [SECRET], "header": "X-Signature"}
        bench.call("PUT", "/admin/webhooks/sources/measure", body)
        received = []
        for number in range(ROUNDS):
            file = signed(folder, f"in{number}", int(2 * durable * SECONDS))
            received.append(receive(server, file)["rate"])
        report.ratio("webhooks received", statistics.median(received) / durable, 0.5)
        file = signed(folder, "paced", 1000 * SECONDS)
        paced = receive(server, file, connections=20, pause_ms=36)
        report.milliseconds(f"an answer at {paced['rate']:,.0f} received a second, p99", paced["p99"], 50)

        server.stop()
        fill_feed(server, MILLION)
        execute(server, f"UPDATE outbox SET name = 'task.created.v1' WHERE name = 'bench.other.v1'")
        sink.put("/down")
        server.start()
        bench = Bench(server, folder)
        Hooks(bench, sink).switch(endpoint, "enable", {"from": "cursor"})
        time.sleep(5)
        rows = query(server, f"SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = {endpoint} "
                     "AND state = 0")
        report.line(f"open deliveries of an endpoint that is {MILLION:,} events behind", f"{rows:,.0f}", "≤ 100",
                    rows <= 100)
    finally:
        sink.process.kill()
    print(f"\n{os.cpu_count()} cores, {'PostgreSQL' if POSTGRES else 'SQLite'}, "
          f"{time.strftime('%Y-%m-%d')}; {ROUNDS} alternating rounds of {SECONDS} s, medians. "
          + (f"Missed: {'; '.join(report.missed)}." if report.missed else "Every goal is met."))


def main():
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("usage: webhooks.py BINARY (of tests/bench/background)")
    binary = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder, servers = Path(name), []

        def start(name, **settings):
            server = make(binary, folder, name, **settings)
            servers.append(server)
            server.start()
            return server

        try:
            measure(start, binary, folder)
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    main()
