"""Measures replicas: `make bench-cluster`, or `TEST_POSTGRES_URL=… python3 tests/bench/cluster.py
target/dist/alveole`.

Every figure is a ratio to one replica without a proxy in the same round (see run.py for why). On a
machine whose cores are busy with one replica, PostgreSQL and the load generator, more replicas
cannot be faster: what the table shows there is what they cost.

Needs `wrk`, nginx, Redis, and a PostgreSQL (`tests/with-postgres.sh` finds or starts one; a
database is made in it and dropped). BENCH_SECONDS, BENCH_ROUNDS, BENCH_USERS, BENCH_TASKS as in
run.py, with fewer tasks (20000).
"""

import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

os.environ.setdefault("BENCH_TASKS", "20000")
from run import HERE, ROUNDS, SECONDS, TASKS, USERS, Server, request_files, wrk

REPLICAS = 3
CONNECTIONS = 64


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def service(stack, command, port):
    """Starts a program that listens on a port; it ends with the stack."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def end():
        process.terminate()
        process.wait(30)

    stack.callback(end)
    until = time.time() + 10
    while time.time() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.02)
    sys.exit(f"{command[0]} does not start")


def nginx(stack, folder, upstreams):
    """A proxy for these servers, from the same template as the tests' one."""
    folder.mkdir()
    port = free_port()
    servers = "\n".join(f"server 127.0.0.1:{one.port} max_fails=2 fail_timeout=1s;"
                        for one in upstreams)
    text = (HERE.parent / "nginx.conf").read_text()
    for name, value in {"user": "user root;" if os.getuid() == 0 else "", "servers": servers,
                        "port": str(port)}.items():
        text = text.replace(f"@{name}@", value)
    (folder / "nginx.conf").write_text(text)
    service(stack, ["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"], port)
    return SimpleNamespace(port=port)


def redis(stack, folder):
    folder.mkdir()
    port = free_port()
    service(stack, ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
                    "--appendonly", "no", "--dir", str(folder)], port)
    return f"redis://127.0.0.1:{port}"


def database(stack):
    """An empty database; gives its address."""
    admin = os.environ.get("TEST_POSTGRES_URL")
    if not admin:
        sys.exit("make bench-cluster needs PostgreSQL: install it, or set TEST_POSTGRES_URL")
    name = f"alveole_bench_{os.getpid()}"

    def psql(sql):
        subprocess.run(["psql", "--no-psqlrc", "-q", "-w", "-d", admin, "-c", sql], check=True)

    psql(f"CREATE DATABASE {name}")
    stack.callback(psql, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    address, _, query = admin.partition("?")
    server = address.rsplit("/", 1)[0]
    return f"{server}/{name}" + (f"?{query}" if query else "")


def load(targets, requests, seconds=SECONDS):
    """Loads several servers at once, the connections divided among them."""
    each = CONNECTIONS // len(targets)
    with ThreadPoolExecutor(len(targets)) as pool:
        results = list(pool.map(
            lambda one: wrk(one, requests, connections=each, seconds=seconds), targets))
    return {
        "rate": sum(one["rate"] for one in results),
        "p99": max(one["p99"] for one in results),
        "errors": sum(one["status_errors"] + one["socket_errors"] for one in results),
    }


def main():
    for program in ("wrk", "nginx", "redis-server", "psql"):
        if not shutil.which(program):
            sys.exit(f"make bench-cluster needs `{program}`")
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("usage: cluster.py BINARY (a release build)")
    binary = str(Path(sys.argv[1]).resolve())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8192)), hard))
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        report(binary, Path(name), stack)


def report(binary, folder, stack):
    url = database(stack)
    cache = redis(stack, folder / "redis")

    def server(name, **settings):
        made = Server(binary, folder / name, url, **settings)
        stack.callback(made.stop)
        made.start()
        return made

    seed = Server(binary, folder / "seed", url)
    seed.run("seed", "--users", USERS, "--tasks", TASKS, "--products", "300", "--files", "0")
    replicas = [server(f"replica{n}") for n in range(REPLICAS)]
    requests = request_files(folder, replicas[0], "alveole-demo-2026")

    # who asks, for which file of requests
    plan = {}
    for kind in ("get", "create"):
        for count in range(1, REPLICAS + 1):
            plan[f"{kind}, {count} direct"] = (replicas[:count], requests[kind])
    for count in range(1, REPLICAS + 1):
        proxy = nginx(stack, folder / f"nginx{count}", replicas[:count])
        for kind in ("get", "create"):
            plan[f"{kind}, {count} behind nginx"] = ([proxy], requests[kind])
    shared = {"REDIS_URL": cache}
    known = subprocess.run([binary, "config", "check"], env={**seed.environment, **shared},
                           capture_output=True).returncode == 0
    if known:
        plan["get, 1 direct, cache in Redis"] = ([server("shared", **shared)], requests["get"])
    else:
        print("this binary knows no Redis: that row is left out", file=sys.stderr)

    for targets, file in plan.values():
        load(targets, file, seconds=1)
    rounds = {name: [] for name in plan}
    for number in range(ROUNDS):
        for name, (targets, file) in plan.items():
            rounds[name].append(load(targets, file))
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)

    print(f"\n{os.cpu_count()} cores, PostgreSQL, {time.strftime('%Y-%m-%d')}; {CONNECTIONS} "
          f"connections, {ROUNDS} alternating rounds of {SECONDS} s, medians of ratios to one "
          "replica without a proxy in the same round; everything runs on the same cores.\n")
    print("| request, replicas | of 1 direct | p99, of 1 direct | errors |")
    print("|---|--:|--:|--:|")
    for name in sorted(rounds, key=lambda name: (name.split(",")[0] != "get", "nginx" in name)):
        rows, base = rounds[name], rounds[name.split(",")[0] + ", 1 direct"]

        def ratio(key):
            return statistics.median(row[key] / one[key] for row, one in zip(rows, base))

        print(f"| {name} | {ratio('rate'):.0%} | {ratio('p99'):.1f} × | "
              f"{sum(row['errors'] for row in rows)} |")


if __name__ == "__main__":
    main()
