"""Measures background work: `make bench-background`, or `sh tests/bench/background.sh`.

The server is the one of tests/bench/background: Alveole with two kinds of jobs that do as little as
possible. Every figure is a ratio to the durable create of a task over HTTP (D) of the same run, because the
speed of a shared machine moves by tens of per cent from hour to hour while ratios hold. Rounds alternate.

Needs `wrk`. BENCH_DATABASE_URL: an empty PostgreSQL database to measure on instead of SQLite; then `psql`
and, for its own figure, `pgbench`. BENCH_JOBS (100000), BENCH_SECONDS (5), BENCH_ROUNDS (3),
BENCH_LISTENERS (1000), BENCH_ROWS (1000000), BENCH_SNAPSHOT: seconds in which an old snapshot is held open
(180). BENCH_PEERS=1 measures other queues on the same database, too (see peers.py).
"""

import asyncio
import datetime
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import peers
from run import POSTGRES, ROUNDS, SECONDS, Server, wrk

JOBS = int(os.environ.get("BENCH_JOBS", "100000"))
LISTENERS = int(os.environ.get("BENCH_LISTENERS", "1000"))
MILLION = int(os.environ.get("BENCH_ROWS", "1000000"))
SNAPSHOT = int(os.environ.get("BENCH_SNAPSHOT", "180"))
API = "/api/v1"
# How many jobs run simultaneously: as many as there are connections that create.
WORKERS = "64"


class Report:
    """The table, and which goals were missed."""

    def __init__(self):
        self.missed = []
        print("| what | measured | goal |")
        print("|---|--:|--:|")

    def line(self, what, shown, goal="", met=True):
        print(f"| {what} | {shown} | {goal} |", flush=True)
        if not met:
            self.missed.append(what)

    def ratio(self, what, value, least, of="D"):
        self.line(what, f"{value:.2f} {of}", f"≥ {least} {of}" if least else "", value >= (least or 0))

    def milliseconds(self, what, value, most):
        self.line(what, f"{value:.1f} ms", f"≤ {most} ms" if most else "",
                  most is None or value <= most)


class Bench:
    """A server, and somebody who administers it."""

    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.token = server.sign_in("root@example.com", "a quiet walk by the sea")

    def requests(self, name, method, path):
        file = self.folder / f"{name}.txt"
        file.write_text(f"{method} {API}{path} {self.token}\n")
        return file

    def call(self, method, path, body=None):
        status, answer = self.server.call(method, API + path, body, self.token)
        if status >= 300:
            sys.exit(f"{method} {path}: {status} {answer}")
        return answer.get("data") if isinstance(answer, dict) else answer

    def pause(self, paused):
        self.call("PATCH", "/admin/queues/default", {"paused": paused})

    def open_jobs(self):
        """Jobs that are due or run."""
        return sum(queue[state] for queue in self.call("GET", "/admin/jobs/stats")
                   if queue["queue"] == "default" for state in ("queued", "running", "retrying"))

    def is_due(self):
        """Whether a job waits that is due."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return bool(self.call("GET", f"/admin/jobs?state=queued&due_before={now}&limit=1&cursor="))

    def drain(self, kind, count, meanwhile=None):
        """Enqueues so many jobs while the queue is paused, and gives jobs a second once it is not."""
        self.pause(True)
        time.sleep(1.2)
        self.call("POST", f"/bench/jobs?kind={kind}&count={count}")
        left = self.open_jobs()
        if left < count:
            sys.exit(f"{left} of {count} jobs are there")
        begun = time.perf_counter()
        self.pause(False)
        seen = meanwhile() if meanwhile else None
        # As long as there are many, looking would only disturb.
        while self.open_jobs() > left - count:
            time.sleep(0.05)
        return count / (time.perf_counter() - begun), seen


def at(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def percentile(values, part):
    values = sorted(values)
    return values[int((len(values) - 1) * part)]


def starts(bench, samples=300):
    """Milliseconds from the commit that enqueued a job to its start."""
    before = bench.call("GET", "/admin/jobs?kind=bench.nothing&sort=-id&limit=1&cursor=")
    last = before[0]["id"] if before else 0
    for _ in range(samples):
        bench.call("POST", "/bench/jobs?kind=bench.nothing&count=1")
        time.sleep(0.02)
    time.sleep(0.5)
    taken, cursor = [], ""
    while True:
        status, page = bench.server.call(
            "GET", f"{API}/admin/jobs?kind=bench.nothing&sort=-id&limit=100&cursor={cursor}",
            None, bench.token)
        new = [job for job in page["data"] if job["id"] > last]
        taken += [(at(job["started_at"]) - at(job["enqueued_at"])) * 1000 for job in new]
        cursor = page["pagination"].get("next_cursor")
        if len(new) < 100 or not cursor:
            return taken


def execute(server, sql):
    """Runs SQL beside the server's back, for rows that would take long to make otherwise."""
    if POSTGRES:
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", POSTGRES, "-c", sql], check=True)
        return
    database = sqlite3.connect(server.environment["DATABASE_URL"].removeprefix("sqlite://"))
    with database:
        database.execute(sql)
    database.close()


def fill(server, rows):
    """So many finished jobs and as many that are due in a year."""
    numbers = (f"generate_series(1, {rows}) AS n" if POSTGRES else
               f"(WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {rows}) "
               "SELECT n FROM n)")
    now = int(time.time() * 1e6)
    year = now + 365 * 86400 * 1000000
    for state, due, finished in ((3, now, str(now)), (0, year, "NULL")):
        execute(server, f"""INSERT INTO jobs (kind, queue, priority, state, args, due_at, enqueued_at,
            attempt, max_attempts, run, merged, pending, finished_at)
            SELECT 'bench.nothing', 'default', 2, {state}, '{{}}', {due}, {now}, 0, 10, 0, 0, 0,
            {finished} FROM {numbers}""")


def fill_feed(server, rows):
    """So many events of somebody else."""
    numbers = (f"generate_series(1, {rows}) AS n" if POSTGRES else
               f"(WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {rows}) "
               "SELECT n FROM n)")
    now = int(time.time() * 1e6)
    last = "(SELECT last_seq FROM outbox_head)" if POSTGRES else "(SELECT max(seq) FROM outbox)"
    head = f"{last} + n"
    if not POSTGRES:
        # The subquery must not see what is being inserted.
        database = sqlite3.connect(server.environment["DATABASE_URL"].removeprefix("sqlite://"))
        head = f"{database.execute('SELECT max(seq) FROM outbox').fetchone()[0]} + n"
        database.close()
    execute(server, "INSERT INTO outbox (seq, name, at, subject, audience, payload) "
            f"SELECT {head}, 'bench.other.v1', {now}, n, '[\"u:999999999\"]', '{{}}' FROM {numbers}")
    if POSTGRES:
        execute(server, f"UPDATE outbox_head SET last_seq = last_seq + {rows}")


def level(bench, own):
    """Seconds until all listeners have read `own` events from the beginning of the feed."""
    heard = {"open": 0, "events": 0}
    thread = threading.Thread(target=lambda: asyncio.run(listen(
        bench.server.port, bench.token, LISTENERS, 30, f"{API}/tasks/events", heard, "0")))
    begun = time.perf_counter()
    thread.start()
    while heard["events"] < LISTENERS * own and thread.is_alive():
        time.sleep(0.02)
    seconds = time.perf_counter() - begun
    heard["over"] = True
    thread.join()
    return seconds


async def listen(port, token, count, seconds, path, heard, after=None):
    """Opens so many event streams; counts events until `seconds` have gone by."""
    resume = "" if after is None else f"Last-Event-ID: {after}\r\n"
    async def one():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n"
                     f"{resume}Authorization: Bearer {token}\r\n\r\n".encode())
        await writer.drain()
        heard["open"] += 1
        try:
            while data := await reader.read(1 << 16):
                heard["events"] += data.count(b"event: task.created.v1")
        finally:
            writer.close()

    tasks = []
    for number in range(count):
        tasks.append(asyncio.create_task(one()))
        if number % 50 == 0:
            await asyncio.sleep(0.02)
    end = time.monotonic() + seconds
    while time.monotonic() < end and not heard.get("over"):
        await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def told(bench, requests):
    """Events a second that are told to all listeners together, while tasks are created."""
    heard = {"open": 0, "events": 0}
    seconds = SECONDS + 4
    thread = threading.Thread(target=lambda: asyncio.run(listen(
        bench.server.port, bench.token, LISTENERS, seconds, f"{API}/tasks/events", heard)))
    thread.start()
    while heard["open"] < LISTENERS and thread.is_alive():
        time.sleep(0.05)
    time.sleep(1)
    begun, before = time.perf_counter(), heard["events"]
    made = wrk(bench.server, requests, connections=4, seconds=2)
    elapsed = time.perf_counter() - begun
    rate = (heard["events"] - before) / elapsed
    thread.join()
    return rate, made["rate"]


def latency(bench, reader, samples=200):
    """Milliseconds from the answer of a create to its event in a stream of `reader`."""
    arrived = {}

    def follow():
        import http.client
        connection = http.client.HTTPConnection("127.0.0.1", reader.port, timeout=30)
        connection.request("GET", f"{API}/tasks/events", headers={
            "Authorization": f"Bearer {bench.token}", "Accept": "text/event-stream"})
        stream = connection.getresponse()
        while line := stream.readline():
            if line.startswith(b"data:"):
                arrived[json.loads(line[5:])["data"]["id"]] = time.perf_counter()

    threading.Thread(target=follow, daemon=True).start()
    time.sleep(1)
    answered = {}
    for _ in range(samples):
        task = bench.call("POST", "/tasks", {"title": "Measure the server"})
        answered[task["id"]] = time.perf_counter()
        time.sleep(0.02)
    time.sleep(1)
    lost = [task for task in answered if task not in arrived]
    if lost:
        sys.exit(f"{len(lost)} events were not told")
    return [max(0, arrived[task] - when) * 1000 for task, when in answered.items()]


def query(server, sql):
    """One number."""
    if POSTGRES:
        output = subprocess.run(["psql", "-qXAt", "-d", POSTGRES, "-c", sql], check=True,
                                capture_output=True, text=True).stdout
        return float(output.strip() or 0)
    database = sqlite3.connect(server.environment["DATABASE_URL"].removeprefix("sqlite://"))
    values = database.execute(sql).fetchone()
    database.close()
    return float(values[0] or 0)


def inbox(bench, rate, seconds):
    """Creates tasks for somebody at about this rate; gives the real rate, and milliseconds from an event to
    its notification (p99)."""
    person = {"username": "reader", "email": "reader@example.com", "password": "a walk at night by the sea"}
    bench.server.call("POST", f"{API}/auth/register", person)
    found = bench.call("GET", "/users?limit=100")
    reader = next(user["id"] for user in found if user["username"] == "reader")
    requests = bench.requests("assigned", "POST", f"/bench/tasks?assignee={reader}")
    before = query(bench.server, "SELECT max(id) FROM notifications")
    made = wrk(bench.server, requests, seconds=seconds, pause_ms=round(64 / rate * 1000))
    written = f"FROM notifications AS n WHERE n.id > {before}"
    left = time.monotonic() + 120
    while query(bench.server, f"SELECT count(*) {written}") < made["requests"]:
        if time.monotonic() > left:
            sys.exit("notifications are missing")
        time.sleep(0.2)
    late = (f"SELECT n.created_at - o.at AS late FROM notifications AS n JOIN outbox AS o "
            f"ON n.dedupe = 'event:' || o.seq WHERE n.id > {before}")
    skipped = int(made["requests"] * 0.01)
    return made["rate"], query(bench.server, f"{late} ORDER BY 1 DESC LIMIT 1 OFFSET {skipped}") / 1000


OFFERED = 800


def beside_a_snapshot(bench, seconds):
    """Holds one old snapshot open while jobs are enqueued at a steady rate. Gives the fraction of the jobs of the last
    third of that time that are done, and the jobs a second that a backlog reaches afterwards."""
    reader = subprocess.Popen(["psql", "-qX", "-d", POSTGRES, "-c", "BEGIN ISOLATION LEVEL REPEATABLE READ",
                               "-c", "SELECT count(*) FROM jobs", "-c", "SELECT pg_sleep(3600)"],
                              stdout=subprocess.DEVNULL)
    try:
        begun = time.time()
        for second in range(seconds):
            bench.call("POST", f"/bench/jobs?kind=bench.nothing&count={OFFERED}")
            time.sleep(max(0, begun + second + 1 - time.time()))
        late = seconds - seconds // 3
        done = query(bench.server, "SELECT count(*) FROM jobs WHERE state = 3 AND kind = 'bench.nothing' "
                     f"AND finished_at > {int((begun + late) * 1e6)}")
        return done / (OFFERED * (seconds - late)), drain_beside_future(bench)
    finally:
        reader.kill()


def settle(server):
    """Waits until no consumer is behind. What only passes is not written down each time."""
    end = time.monotonic() + 300
    while query(server, "SELECT last_seq - (SELECT min(event_id) FROM positions) FROM outbox_head") > 1000:
        if time.monotonic() > end:
            sys.exit("consumers stay behind")
        time.sleep(0.2)


def sequencing(bench, events):
    """Events a second that get their places, when many were committed meanwhile."""
    now = int(time.time() * 1e6)
    head = query(bench.server, "SELECT last_seq FROM outbox_head")
    execute(bench.server, f"""INSERT INTO outbox (name, at, subject, audience, payload)
        SELECT 'bench.other.v1', {now}, n, '["u:999999999"]', '{{}}' FROM generate_series(1, {events}) AS n""")
    begun = time.perf_counter()
    while query(bench.server, "SELECT last_seq FROM outbox_head") < head + events:
        time.sleep(0.2)
    return events / (time.perf_counter() - begun)


def make(binary, folder, name, **settings):
    url = POSTGRES or f"sqlite://{folder / name / 'alveole.db'}"
    return Server(binary, folder / name, url, **settings)


def report_on(binary, folder):
    servers = []

    def start(name, **settings):
        server = make(binary, folder, name, ALVEOLE__SERVER__REQUEST_TIMEOUT_SECONDS="120", **settings)
        servers.append(server)
        server.start()
        return server

    try:
        measure(start, folder)
    finally:
        for server in servers:
            server.stop()


def measure(start, folder):
    server = start("one", ALVEOLE__JOBS__WORKERS=WORKERS)
    bench, report = Bench(server, folder), Report()
    creates = bench.requests("create", "POST", "/tasks")
    plain = bench.requests("plain", "POST", "/bench/tasks")
    silent = bench.requests("silent", "POST", "/bench/tasks?silent=1")
    enqueues = bench.requests("enqueue", "POST", "/bench/tasks?enqueue=1")
    for requests in (creates, plain, silent, enqueues):
        wrk(server, requests, seconds=1)
    bench.drain("bench.nothing", 5000)
    rows = {"create": [], "plain": [], "silent": [], "enqueue": [], "nothing": [], "effect": []}
    for number in range(ROUNDS):
        rows["create"].append(wrk(server, creates)["rate"])
        rows["plain"].append(wrk(server, plain)["rate"])
        rows["silent"].append(wrk(server, silent)["rate"])
        bench.pause(True)
        rows["enqueue"].append(wrk(server, enqueues)["rate"])
        bench.pause(False)
        while bench.open_jobs():
            time.sleep(0.2)
        rows["nothing"].append(bench.drain("bench.nothing", JOBS)[0])
        rows["effect"].append(bench.drain("bench.effect", JOBS // 2)[0])
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)

    def ratio(name, of="create"):
        return statistics.median(a / b for a, b in zip(rows[name], rows[of]))

    report.line("D: creates of a task a second, 64 connections", f"{statistics.median(rows['create']):,.0f}")
    report.ratio("create with a job in its transaction, of the same create without", ratio("enqueue", "plain"),
                 0.8, "")
    report.ratio("create whose event has an audience, of one without", ratio("plain", "silent"), 0.85, "")
    report.ratio(f"{JOBS:,} jobs that do nothing", ratio("nothing"), 1.5 if POSTGRES else 1.2)
    report.ratio(f"{JOBS // 2:,} jobs with one row in the unit of their end", ratio("effect"),
                 0.6 if POSTGRES else 0.8)
    report.milliseconds("start of a job after its commit, p99", percentile(starts(bench), 0.99), 25)

    durable = statistics.median(rows["create"])
    rate, late = inbox(bench, 0.3 * durable, 3 * SECONDS)
    report.milliseconds(f"event to inbox at {rate / durable:.2f} D events a second, p99", late, 1000)

    reads = bench.requests("read", "GET", "/tasks/1")
    _, seen = bench.drain("bench.nothing", JOBS,
                          lambda: wrk(server, reads, connections=16, seconds=2))
    report.milliseconds("reads while jobs run, p99", seen["p99"], 25)

    fill(server, MILLION)
    empty = statistics.median(rows["nothing"])
    filled = statistics.median(drain_beside_future(bench) for _ in range(ROUNDS))
    report.ratio(f"the same beside {MILLION:,} finished and {MILLION:,} future jobs", filled / empty, 0.8,
                 "of the empty table")

    report.milliseconds("commit to reader, p99", percentile(latency(bench, server), 0.99), 50)
    rate, made = told(bench, creates)
    report.line(f"events told a second to {LISTENERS:,} listeners ({made:,.0f} creates/s)", f"{rate:,.0f}",
                "≥ 50,000", rate >= 50_000)

    # A feed of its own, or what was created so far would count as one's own.
    if not POSTGRES:
        far = start("far")
        far_bench = Bench(far, folder)
        for _ in range(2):
            for _ in range(50):
                far_bench.call("POST", "/tasks", {"title": "Measure the server"})
            if far.process:
                far.stop()
                fill_feed(far, MILLION // 2)
                far.start()
                far_bench = Bench(far, folder)
        seconds = level(far_bench, 100)
        far.stop()
        report.line(f"{LISTENERS:,} listeners, 100 own events behind in a feed of {MILLION:,}, are level after",
                    f"{seconds:.1f} s", "≤ 5 s", seconds <= 5)
    if POSTGRES:
        report.ratio("giving events their places", sequencing(bench, 200_000) / durable, 10)
        part, rate = beside_a_snapshot(bench, SNAPSHOT)
        report.ratio(f"jobs done, of {OFFERED} enqueued a second, beside a snapshot that is held open for {SNAPSHOT} s",
                     part, 0.85, "")
        report.ratio("what could be done then", rate / filled, None, "of before")
        settle(bench.server)
        other = start("two", ALVEOLE__JOBS__WORKERS="5")
        server.stop()
        server.environment["ALVEOLE__JOBS__WORKERS"] = "0"
        server.start()
        bench = Bench(server, folder)
        report.milliseconds("start of a job on another replica, p99", percentile(starts(bench), 0.99), 50)
        report.milliseconds("commit to a reader of another replica, p99",
                            percentile(latency(bench, other), 0.99), 100)
        inserts = pgbench(folder)
        if inserts:
            report.ratio("D of one-row inserts by pgbench", statistics.median(rows["create"]) / inserts, 0.5, "")
    if os.environ.get("BENCH_PEERS"):
        server.stop()
        for name, rate, least in peers.rates(folder, POSTGRES):
            report.ratio(f"jobs that do nothing, of {name} ({rate:,.0f}/s)", empty / rate, least, "")
    print(f"\n{os.cpu_count()} cores, {'PostgreSQL' if POSTGRES else 'SQLite'}, "
          f"{time.strftime('%Y-%m-%d')}; {ROUNDS} alternating rounds of {SECONDS} s, medians. "
          + (f"Missed: {'; '.join(report.missed)}." if report.missed else "Every goal is met."))


def drain_beside_future(bench):
    """As `drain`, where the future jobs count as queued, too."""
    future = bench.open_jobs()
    bench.pause(True)
    time.sleep(1.2)
    bench.call("POST", f"/bench/jobs?kind=bench.nothing&count={JOBS}")
    begun = time.perf_counter()
    bench.pause(False)
    # Counting them all would disturb; looking for one that is due does not.
    while bench.is_due():
        time.sleep(0.05)
    while bench.open_jobs() > future:
        time.sleep(0.05)
    return JOBS / (time.perf_counter() - begun)


def pgbench(folder):
    """One-row inserts a second with 64 clients."""
    if not shutil.which("pgbench"):
        return None
    execute(None, "CREATE TABLE IF NOT EXISTS bench_rows (id bigserial PRIMARY KEY, text text)")
    script = folder / "insert.sql"
    script.write_text("INSERT INTO bench_rows (text) VALUES (repeat('x', 200));\n")
    output = subprocess.run(["pgbench", "-n", "-c", "64", "-j", "2", "-T", str(SECONDS), "-f", str(script),
                             POSTGRES], check=True, capture_output=True, text=True).stdout
    return float(next(line for line in output.splitlines() if line.startswith("tps")).split()[2])


def main():
    if not shutil.which("wrk"):
        sys.exit("make bench-background needs `wrk` (Debian: apt-get install wrk)")
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("usage: background.py BINARY (of tests/bench/background)")
    with tempfile.TemporaryDirectory() as name:
        report_on(str(Path(sys.argv[1]).resolve()), Path(name))


if __name__ == "__main__":
    main()
