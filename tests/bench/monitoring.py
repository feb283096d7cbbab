"""Measures monitoring: `make bench-monitoring`, or `python3 tests/bench/monitoring.py target/dist/alveole`.

1. Two years of a replica on disk (at most 30 MiB), and how long charts over them take (30 days: at most 20 ms).
2. The processor time of a sample (at most 2 ms): a server that samples every second beside one that does so every minute.
3. Processor, memory and the process as `psutil` sees them beside us (within 3 points), where it is installed.

BENCH_SECONDS: how long the third part looks (600; 60 in CI). Exits with 1 when a bound is broken.
"""

import os
import random
import sqlite3
import statistics
import struct
import sys
import tempfile
import time
from pathlib import Path

from run import Server

SECONDS = int(os.environ.get("BENCH_SECONDS", "600"))
DAY = 86_400
failures = []


def judge(name, value, bound, unit):
    print(f"{name}: {value:.2f} {unit} (at most {bound})")
    if value > bound:
        failures.append(name)


def admin(server):
    return server.sign_in("root@example.com", "a quiet walk by the sea")


def row(series):
    """A packed row: a third of the series is flat, as swap, steal and dead jobs are."""
    kinds, values = bytearray((series + 3) // 4), b""
    for place in range(series):
        kind = 1 if place % 3 == 0 else 2
        kinds[place // 4] |= kind << (place % 4 * 2)
        mean = random.random() * 100
        values += struct.pack("<f", 0) if kind == 1 else struct.pack("<fff", mean / 2, mean, mean * 2)
    return struct.pack("<BHH", 1, 12, series) + bytes(kinds) + values


def fill(path, replica):
    """Two years; returns the bytes of the table."""
    database = sqlite3.connect(path)
    series = database.execute("SELECT count(*) FROM monitoring_series").fetchone()[0]
    now = int(time.time()) // 3600 * 3600
    for step, length, days in ((2, 3600, 730), (1, 600, 90), (0, 60, 7)):
        rows = ((step, at, replica, row(series)) for at in range(now - days * DAY, now, length))
        database.executemany("INSERT OR IGNORE INTO monitoring_samples VALUES (?, ?, ?, ?)", rows)
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    try:
        pages = "SELECT sum(pgsize) FROM dbstat WHERE name = 'monitoring_samples'"
        size = database.execute(pages).fetchone()[0]
    except sqlite3.OperationalError:
        size = Path(path).stat().st_size
    database.close()
    return series, size


def charts(binary, folder):
    server = Server(binary, folder, f"sqlite://{folder}/bench.db", ALVEOLE__MONITORING__REPLICA="bench",
                    ALVEOLE__MONITORING__INTERVAL_SECONDS="60")
    server.start()
    time.sleep(3)
    series, size = fill(folder / "bench.db", "bench")
    judge(f"two years of {series} series on disk", size / 2**20, 30, "MiB")
    token = admin(server)
    now = int(time.time() * 1000)
    for days, names, bound in ((30, "cpu.total", 20), (30, "*", 200), (1, "cpu.*", 50), (730, "cpu.total", 200)):
        took = []
        path = f"/api/v1/monitoring/metrics?from={now - days * DAY * 1000}&to={now}&series={names}"
        for _ in range(20):
            begun = time.perf_counter()
            status, _answer = server.call("GET", path, token=token)
            took.append((time.perf_counter() - begun) * 1000)
            assert status == 200, status
        judge(f"{days} days of {names}", statistics.median(took), bound, "ms")
    server.stop()


def processor(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def samples(binary, folder):
    used = {}
    for interval in ("1", "60"):
        server = Server(binary, folder / interval, f"sqlite://{folder}/{interval}.db",
                        ALVEOLE__MONITORING__INTERVAL_SECONDS=interval)
        server.start()
        time.sleep(5)
        before = processor(server.process.pid)
        time.sleep(40)
        used[interval] = processor(server.process.pid) - before
        server.stop()
    judge("processor time of a sample", (used["1"] - used["60"]) / 40 * 1000, 2, "ms")


def beside(binary, folder):
    try:
        import psutil
    except ImportError:
        print("psutil is not installed: nothing is compared with it")
        return
    server = Server(binary, folder, f"sqlite://{folder}/peer.db")
    server.start()
    peer = psutil.Process(server.process.pid)
    psutil.cpu_percent()
    peer.cpu_percent()
    begun = time.time()
    theirs = {"cpu.total": [], "memory.used_percent": [], "process.cpu": []}
    while time.time() < begun + SECONDS:
        theirs["cpu.total"].append(psutil.cpu_percent(interval=5))
        theirs["memory.used_percent"].append(psutil.virtual_memory().percent)
        theirs["process.cpu"].append(peer.cpu_percent())
    token = admin(server)
    path = f"/api/v1/monitoring/metrics?from={int(begun * 1000)}&to={int(time.time() * 1000)}"
    for name, seen in theirs.items():
        status, answer = server.call("GET", f"{path}&series={name}", token=token)
        assert status == 200, status
        ours = [point[2] for point in answer["data"]["series"][0]["points"]]
        judge(f"{name} beside psutil", abs(statistics.mean(ours) - statistics.mean(seen)), 3, "points")
    server.stop()


def main():
    binary = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        charts(binary, folder / "charts")
        samples(binary, folder / "samples")
        beside(binary, folder / "peer")
    if failures:
        sys.exit(f"bounds are broken: {', '.join(failures)}")


if __name__ == "__main__":
    main()
