"""Measures a release build: `make bench`, or `python3 tests/bench/run.py target/release/alveole`.

Every figure is a ratio to the cheapest signed-in request of the same run (`GET /auth/check`: the
same middleware and token check, no store), because the speed of a shared machine moves by tens of
per cent from hour to hour while ratios hold. Rounds alternate, so that a slow minute hits all rows.

Needs `wrk`. BENCH_SECONDS: length of each measurement (5); BENCH_ROUNDS (3); BENCH_USERS,
BENCH_TASKS: the seed (1000, 100000); BENCH_DATABASE_URL: an empty PostgreSQL database to measure
on instead of SQLite.
"""

import http.client
import json
import os
import platform
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).parent
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
USERS = os.environ.get("BENCH_USERS", "1000")
TASKS = os.environ.get("BENCH_TASKS", "100000")
POSTGRES = os.environ.get("BENCH_DATABASE_URL")
SIGNED_IN = 50
# clients that sign in simultaneously: more than can be served in time, so that some are refused
# and come again after `Retry-After`
STORM = 200
# what a fresh clone must reach: (row, least ratio to static, greatest p99 in ms)
GOALS = {
    "get-uncached": (0.35, 25),
    "get-cached": (0.60, 25),
    "list-20": (0.15, 25),
    "list-total": (0.20, 25),
    "create": (0.10, 50),
}


class Server:
    """One server of the binary, on a folder of its own."""

    def __init__(self, binary, folder, url, **settings):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.binary = binary
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "PORT": str(self.port),
            "DATABASE_URL": url,
            "JWT_SECRET": "0f6f1c9a7d3e4b52a8c1d0e9f7b6a5c4e3d2",
            # Several servers of one database have one key.
            "ALVEOLE__AUTH__ENCRYPTION_KEY": "7e0b4d9f2c6a8135e7f0c9b1a2d3e4f5",
            "ALVEOLE_ADMIN_EMAIL": "root@example.com",
            "ALVEOLE_ADMIN_PASSWORD": "a quiet walk by the sea",
            "ALVEOLE__SERVER__HOST": "127.0.0.1",
            "ALVEOLE__SERVER__DATA_DIR": str(folder),
            **{f"ALVEOLE__RATE_LIMIT__{p}": "1000000/s" for p in ("ANON", "USER", "AUTH", "ACCOUNT")},
            **settings,
        }
        self.process = None

    def run(self, *arguments):
        subprocess.run([self.binary, *arguments], env=self.environment, cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL)

    def start(self):
        """Starts; gives the seconds until `/ready` answered 200."""
        begun = time.perf_counter()
        self.process = subprocess.Popen(
            [self.binary, "serve"], env=self.environment, cwd=self.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while time.perf_counter() - begun < 60:
            if self.process.poll() is not None:
                sys.exit(f"the server ended with {self.process.returncode}; see its log with "
                         "`alveole serve`")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
                connection.request("GET", "/ready")
                if connection.getresponse().status == 200:
                    return time.perf_counter() - begun
            except OSError:
                pass
            time.sleep(0.001)
        sys.exit("the server did not become ready")

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(60)
            self.process = None

    def resident(self):
        """Memory of its own in MiB. Pages of files (the binary, the database that readers map) are
        the kernel's to take back and not counted."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) / 1024

    def call(self, method, path, body=None, token=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=150)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text[:1] == b"{" else text

    def sign_in(self, email, password):
        status, answer = self.call("POST", "/api/v1/auth/login",
                                   {"email": email, "password": password})
        if status != 200:
            sys.exit(f"sign-in of {email}: {status} {answer}")
        return answer["data"]["access_token"]


def wrk(server, requests, connections=64, seconds=SECONDS, pause_ms=0):
    """Loads the server with a file of requests; each connection pauses so long between two of them."""
    output = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s",
         "-s", str(HERE / "mix.lua"), f"http://127.0.0.1:{server.port}", "--", str(requests),
         str(time.time_ns() % 1_000_000), str(pause_ms)],
        check=True, capture_output=True, text=True).stdout
    result = json.loads(output.strip().splitlines()[-1])
    result["rate"] = result["requests"] / result["seconds"]
    return result


def request_files(folder, server, people):
    """What is sent, for each row of the table."""
    tokens = [server.sign_in(f"demo{n}@example.com", people) for n in range(1, SIGNED_IN + 1)]
    files = {"static": [], "get": [], "list-20": [], "list-total": [], "create": []}
    for token in tokens:
        status, answer = server.call("GET", "/api/v1/tasks?limit=100", token=token)
        if status != 200:
            sys.exit(f"list: {status} {answer}")
        files["static"].append(f"GET /api/v1/auth/check {token}")
        files["get"] += [f"GET /api/v1/tasks/{task['id']} {token}" for task in answer["data"]]
        files["list-20"].append(f"GET /api/v1/tasks?limit=20&cursor= {token}")
        files["list-total"].append(f"GET /api/v1/tasks?limit=20 {token}")
        files["create"].append(f"POST /api/v1/tasks {token}")
    paths = {}
    for name, lines in files.items():
        paths[name] = folder / f"{name}-{server.port}.txt"
        paths[name].write_text("\n".join(lines) + "\n")
    return paths


def beside(work, threads):
    """Runs `work` in so many threads until the returned function is called; that gives what each
    answer's count was then."""
    stop = threading.Event()
    counts = {}
    lock = threading.Lock()

    def loop(number):
        while not stop.is_set():
            try:
                status = work(number)
            except OSError:
                status = "broken"
            with lock:
                counts[status] = counts.get(status, 0) + 1
            if status == 503:
                stop.wait(1)

    running = [threading.Thread(target=loop, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()

    def end():
        with lock:
            until_now = dict(counts)
        stop.set()
        for thread in running:
            thread.join()
        return until_now

    return end


def median(rows, key):
    return statistics.median(row[key] for row in rows)


def main():
    if not shutil.which("wrk"):
        sys.exit("make bench needs `wrk` (Debian: apt-get install wrk)")
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("usage: run.py BINARY (a release build)")
    binary = str(Path(sys.argv[1]).resolve())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8192)), hard))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        servers = []
        try:
            report(binary, folder, servers)
        finally:
            for server in servers:
                server.stop()


def report(binary, folder, servers):
    def server(name, **settings):
        if POSTGRES:
            url = POSTGRES
        else:
            base = folder / name
            base.mkdir()
            for part in folder.glob("seed/alveole.db*"):
                shutil.copy(part, base)
            url = f"sqlite://{base}/alveole.db"
        made = Server(binary, folder / name, url, **settings)
        servers.append(made)
        return made

    (folder / "seed").mkdir()
    seed = Server(binary, folder / "seed", POSTGRES or f"sqlite://{folder}/seed/alveole.db")
    begun = time.time()
    seed.run("seed", "--users", USERS, "--tasks", TASKS, "--products", "300", "--files", "0")
    print(f"seeded {USERS} users and {TASKS} tasks in {time.time() - begun:.1f} s", file=sys.stderr)

    cached = server("cached", ALVEOLE__SERVER__REQUEST_TIMEOUT_SECONDS="120")
    cold = []
    for _ in range(5):
        cold.append(cached.start() * 1000)
        cached.stop()
    cached.start()
    time.sleep(2)
    idle = cached.resident()
    uncached = server("uncached", ALVEOLE__CACHE__TTL_SECONDS="0")
    creating = server("create")
    uncached.start()
    creating.start()
    password = "alveole-demo-2026"
    reads = request_files(folder, cached, password)
    # one secret and, on PostgreSQL, one database: but sessions are of the database they began in
    reads_uncached = request_files(folder, uncached, password)
    creates = request_files(folder, creating, password)

    plan = {
        "static": (cached, reads["static"]),
        "get-uncached": (uncached, reads_uncached["get"]),
        "get-cached": (cached, reads["get"]),
        "list-20": (cached, reads["list-20"]),
        "list-total": (cached, reads["list-total"]),
        "create": (creating, creates["create"]),
    }
    for target, requests in plan.values():
        wrk(target, requests, seconds=1)
    rounds = {name: [] for name in plan}
    for number in range(ROUNDS):
        for name, (target, requests) in plan.items():
            rounds[name].append(wrk(target, requests))
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
    busy = cached.resident()

    thousand = wrk(cached, reads["get"], connections=1000, seconds=2 * SECONDS)

    def sign_in(number):
        return cached.call("POST", "/api/v1/auth/login",
                           {"email": f"demo{number + 1}@example.com", "password": password})[0]

    # What hashing allows: one at a time, on each of the threads that are given to it.
    alone = []
    for number in range(5):
        begun = time.perf_counter()
        sign_in(number)
        alone.append(time.perf_counter() - begun)
    allowed = max(os.cpu_count() // 2, 1) / statistics.median(alone)
    end = beside(sign_in, STORM)
    begun = time.perf_counter()
    time.sleep(4 * SECONDS)
    elapsed = time.perf_counter() - begun
    storm_alone = end()
    achieved = storm_alone.get(200, 0) / elapsed
    end = beside(sign_in, STORM)
    time.sleep(0.5)
    storm = wrk(cached, reads["get"], seconds=2 * SECONDS)
    storm_counts = end()

    admin = cached.sign_in("root@example.com", "a quiet walk by the sea")
    words = ["report", "kitchen lamp", "sli mon", "tax return", "translate"]

    def search(_):
        word = words[time.time_ns() % len(words)].replace(" ", "%20")
        return cached.call("GET", f"/api/v1/tasks?q={word}", token=admin)[0]

    end = beside(search, 2)
    searching = wrk(cached, reads["get"], seconds=2 * SECONDS)
    search_counts = end()

    cpu = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    print(f"\n{os.cpu_count()} cores, {cpu[1] if cpu else platform.machine()}, "
          f"Linux {platform.release()}, {'PostgreSQL' if POSTGRES else 'SQLite'}, "
          f"{time.strftime('%Y-%m-%d')}; 64 connections, {ROUNDS} alternating rounds of "
          f"{SECONDS} s, medians; the load generator runs on the same cores.\n")
    print("| request | requests/s | of static | goal | p50 ms | p99 ms | goal | errors |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    base = median(rounds["static"], "rate")
    missed = []
    for name, rows in rounds.items():
        # ratios are taken within each round, then the middle one
        ratio = statistics.median(
            row["rate"] / static["rate"] for row, static in zip(rows, rounds["static"]))
        least, slowest = GOALS.get(name, (0, None))
        errors = sum(row["status_errors"] + row["socket_errors"] for row in rows)
        p99 = median(rows, "p99")
        if ratio < least or errors or (slowest and p99 >= slowest):
            missed.append(name)
        print(f"| {name} | {median(rows, 'rate'):,.0f} | {ratio:.0%} | "
              f"{f'≥ {least:.0%}' if least else ''} | {median(rows, 'p50'):.1f} | {p99:.1f} | "
              f"{f'< {slowest}' if slowest else ''} | {errors} |")

    print("\n| besides | measured | goal |")
    print("|---|--:|--:|")

    def line(what, value, goal, met):
        print(f"| {what} | {value} | {goal} |")
        if not met:
            missed.append(what)

    # The list with its total is what a client gets who asks for nothing else; `list-20` goes by cursor.
    counted = statistics.median(
        row["rate"] / plain["rate"] for row, plain in zip(rounds["list-total"], rounds["list-20"]))
    line("list with its total, of the list without", f"{counted:.0%}", "≥ 80%", counted >= 0.8)
    errors = thousand["status_errors"] + thousand["socket_errors"]
    line("errors at 1000 connections", f"{errors} of {thousand['requests']:,}", "0", errors == 0)
    line("p99 of reads at 1000 connections", f"{thousand['p99']:.0f} ms", "", True)
    line(f"sign-ins/s, {STORM} clients at once, of what hashing allows",
         f"{achieved:.1f} of {allowed:.1f}, {storm_alone}", "≥ 80%",
         achieved >= 0.8 * allowed)
    line(f"p99 of reads while {STORM} sign-ins run", f"{storm['p99']:.1f} ms", "< 50 ms",
         storm["p99"] < 50)
    line("… reads/s, sign-ins by status", f"{storm['rate']:,.0f}, {storm_counts}", "", True)
    line("p99 of reads while 2 clients search", f"{searching['p99']:.1f} ms", "< 50 ms",
         searching["p99"] < 50)
    line("… reads/s, searches by status", f"{searching['rate']:,.0f}, {search_counts}", "", True)
    line("cold start to ready", f"{statistics.median(cold):.0f} ms", "≤ 100 ms",
         statistics.median(cold) <= 100)
    line("memory when idle", f"{idle:.0f} MiB", "≤ 40 MiB", idle <= 40)
    line("memory after the rounds", f"{busy:.0f} MiB", "", True)
    line("size of the binary", f"{Path(binary).stat().st_size / 2**20:.1f} MiB", "", True)
    print(f"\nstatic: {base:,.0f} requests/s. " +
          (f"Missed: {', '.join(missed)}." if missed else "Every goal is met."))


if __name__ == "__main__":
    main()
