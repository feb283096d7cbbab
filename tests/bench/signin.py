"""Compares how long a wrong password takes for accounts of two ages and for no account:
`make bench-signin`, or `python3 tests/bench/signin.py target/release/alveole`.

One account is made under a low `auth.bcrypt_cost`; then the cost is raised, and another is made.
Wrong passwords for both and for a name that no account has follow one another in random order, each
from an address of its own. The command fails when the mean of either account differs from the mean
of no account by three standard errors or more. What decides in CI counts bcrypt rounds instead
(`a_wrong_password_costs_the_same_for_every_account_and_for_none`).

BENCH_SAMPLES: of each (200); BENCH_COSTS: before and after ("8,10").
"""

import http.client
import json
import math
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from run import Server

SAMPLES = int(os.environ.get("BENCH_SAMPLES", "200"))
BEFORE, AFTER = os.environ.get("BENCH_COSTS", "8,10").split(",")
PASSWORD = "a quiet walk by the sea"


def attempt(server, name, address):
    """The milliseconds until a wrong password was refused."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.connect()
    body = json.dumps({"username": name, "password": "not the right one"})
    headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
    begun = time.perf_counter()
    connection.request("POST", "/api/v1/auth/login", body, headers)
    answer = connection.getresponse()
    answer.read()
    took = (time.perf_counter() - begun) * 1000
    connection.close()
    if answer.status != 401:
        sys.exit(f"{name}: status {answer.status} instead of 401")
    return took


def main():
    binary = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name, cost in (("older", BEFORE), ("newer", AFTER)):
            server = Server(binary, folder, f"sqlite://{folder}/bench.db",
                            ALVEOLE__AUTH__BCRYPT_COST=cost,
                            ALVEOLE__SERVER__TRUSTED_PROXIES="127.0.0.1")
            server.start()
            status, answer = server.call("POST", "/api/v1/auth/register", {
                "username": name, "email": f"{name}@example.com", "password": PASSWORD})
            if status != 201:
                sys.exit(f"registering answered {status}: {answer}")
            if cost == BEFORE:
                server.stop()
        try:
            plan = ["older", "newer", "nobody"] * SAMPLES
            random.shuffle(plan)
            for _ in range(5):
                attempt(server, "warm-up", "192.0.2.1")
            took = {"older": [], "newer": [], "nobody": []}
            for number, name in enumerate(plan):
                took[name].append(attempt(server, name, f"10.{number >> 8}.{number & 255}.1"))
        finally:
            server.stop()
    print(f"bcrypt cost {BEFORE}, then {AFTER}; {SAMPLES} wrong passwords each\n")
    print("| account | mean ms | deviation ms | z against nobody |\n|---|--:|--:|--:|")
    nobody, worst = took["nobody"], 0
    for name, times in took.items():
        error = math.sqrt((statistics.variance(times) + statistics.variance(nobody)) / SAMPLES)
        z = (statistics.mean(times) - statistics.mean(nobody)) / error
        worst = max(worst, abs(z))
        print(f"| {name} | {statistics.mean(times):.2f} | {statistics.stdev(times):.2f} | {z:+.2f} |")
    if worst >= 3:
        sys.exit("a wrong password takes longer for one than for another")


if __name__ == "__main__":
    main()
