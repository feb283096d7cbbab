"""Measures the chat: `make bench-chat`, or `sh tests/bench/background.sh chat`.

The program of tests/bench/background plays the crowd (`alveole-bench crowd`) and the loop that fan-out is measured against
(`alveole-bench bare`), on the same cores as the server.

Needs `wrk`. BENCH_DATABASE_URL: an empty PostgreSQL database to measure on instead of SQLite. BENCH_SOCKETS (10000),
BENCH_SECONDS (5), BENCH_ROUNDS (3).
"""

import http.client
import json
import os
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from background import API, Bench, Report, make
from run import POSTGRES, ROUNDS, SECONDS, wrk

SOCKETS = int(os.environ.get("BENCH_SOCKETS", "10000"))
PASSWORD = "alveole-demo-2026"
# Ten sockets of one person are the most.
PEOPLE = max(SOCKETS // 10, 500) + 1
ROOM = 1000
ROOMS = 50


class Crowd:
    """Sockets in a process of their own."""

    def __init__(self, binary, port, tokens):
        self.process = subprocess.Popen([binary, "crowd", str(port), str(tokens)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer or answer.get("wrong"):
            sys.exit(f"{line}: {answer}")
        return answer

    def end(self):
        self.process.kill()
        self.process.wait()
        time.sleep(1)


def cpu_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fan_out(binary, port, tokens, messages=300):
    """Deliveries a second in a room of a thousand, and the p99 of a delivery."""
    crowd = Crowd(binary, port, tokens)
    crowd.tell(f"open {ROOM} general 0")
    crowd.tell("say 20 0")
    said = crowd.tell(f"say {messages} 0")
    crowd.end()
    return said["messages"] / said["seconds"], said["p99"]


def post(server, people, messages, done):
    """Writes messages by HTTP, each until it is stored; sent again under its id, it is stored once."""
    connection = None
    for number in messages:
        # One after the other: nobody may send more than ten in a second.
        person = number % 500
        token = people[person]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        body = json.dumps({"content": f"{time.time_ns() // 1000} number {number}", "client_id": f"m-{number}"})
        path = f"{API}/chat/rooms/r{person % ROOMS}/messages"
        while True:
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status in (200, 201):
                    break
            except (OSError, http.client.HTTPException):
                pass
            connection = None
            time.sleep(0.02)
        done.append(number)


def cuts(server, binary, tokens, people, count=100_000):
    """Breaks all connections again and again, and kills the server sometimes, while messages are written. Gives how often
    a socket did not get exactly what was next, and how often it was cut."""
    crowd = Crowd(binary, server.port, tokens)
    # The n-th person listens to the room that they write in.
    crowd.tell(f"open 500 r {ROOMS} 1")
    done, times = [], 0
    with ThreadPoolExecutor(8) as pool:
        for writer in range(8):
            pool.submit(post, server, people, range(writer, count, 8), done)
        while len(done) < count:
            time.sleep(random.uniform(0.05, 0.6))
            crowd.tell("cut")
            times += 1
            if times % 25 == 0:
                server.process.kill()
                server.process.wait()
                server.start()
            crowd.tell("resume")
    crowd.tell("cut")
    # Every place of every room, without one missing or coming twice: `tell` ends the run otherwise.
    crowd.tell("resume")
    crowd.end()
    return times


def across(first, second, binary, tokens):
    """The p99 of a message from who sends it at one replica to those who listen at the other."""
    here, there = Crowd(binary, first.port, tokens), Crowd(binary, second.port, tokens)
    # Twenty people on each side: nobody may send more than ten messages in a second.
    there.tell("open 20 general 0 1")
    here.tell("open 20 general 0 1")
    here.tell("say 50 100")
    there.tell("wait 50")
    here.tell("say 1000 100")
    heard = there.tell("wait 1000")
    here.end()
    there.end()
    return heard["p99"]


def bare(binary, tokens):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([binary, "bare", str(port)])
    time.sleep(0.5)
    try:
        return fan_out(binary, port, tokens)[0]
    finally:
        server.kill()


def measure(start, binary, folder):
    server = start("one", ALVEOLE__AUTH__BCRYPT_COST="4")
    bench, report = Bench(server, folder), Report()
    with ThreadPoolExecutor(8) as pool:
        people = list(pool.map(lambda n: server.sign_in(f"demo{n}@example.com", PASSWORD), range(1, PEOPLE)))
    tokens = folder / "tokens.txt"
    tokens.write_text("\n".join(people) + "\n")
    bench.call("POST", "/chat/rooms", {"name": "general"})
    for number in range(ROOMS):
        bench.call("POST", "/chat/rooms", {"name": f"r{number}"})
    creates = bench.requests("create", "POST", "/tasks")
    wrk(server, creates, seconds=2)

    before = server.resident()
    crowd = Crowd(binary, server.port, tokens)
    crowd.tell(f"open {ROOM} - 0")
    time.sleep(2)
    report.line("memory of 1,000 idle sockets", f"{server.resident() - before:.1f} MiB", "≤ 28 MiB",
                server.resident() - before <= 28)
    begun = crowd.tell(f"open {SOCKETS - ROOM} - 0")
    report.line(f"memory of {begun['open']:,} idle sockets", f"{server.resident() - before:.0f} MiB")
    time.sleep(5)
    used, since = cpu_seconds(server.process), time.monotonic()
    time.sleep(20)
    load = (cpu_seconds(server.process) - used) / (time.monotonic() - since)
    report.line(f"processor for {begun['open']:,} idle sockets", f"{load:.1%} of a core", "≤ 5 %", load <= 0.05)
    crowd.end()

    rows = {"create": [], "fan": [], "bare": [], "p99": [], "sends": [], "sends to many": []}
    for number in range(ROUNDS):
        rows["create"].append(wrk(server, creates)["rate"])
        rows["bare"].append(bare(binary, tokens))
        rate, p99 = fan_out(binary, server.port, tokens)
        rows["fan"].append(rate)
        rows["p99"].append(p99)
        # Five hundred people write, with one socket each or with ten: nobody may send more than twenty at once.
        for name, each in (("sends", 1), ("sends to many", 10)):
            crowd = Crowd(binary, server.port, tokens)
            crowd.tell(f"open {500 * each} r {ROOMS} {each}")
            said = crowd.tell("say 5000 0")
            rows[name].append(5000 / said["sent_seconds"])
            crowd.end()
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
    durable = statistics.median(rows["create"])
    report.line("D: creates of a task a second, 64 connections", f"{durable:,.0f}")
    report.line(f"deliveries a second in a room of {ROOM:,}", f"{statistics.median(rows['fan']):,.0f}")
    ratio = statistics.median(fan / loop for fan, loop in zip(rows["fan"], rows["bare"]))
    report.ratio("the same", ratio, 0.6, "of a bare loop")
    report.ratio(f"sends over {ROOMS} rooms, each to 10 sockets",
                 statistics.median(a / b for a, b in zip(rows["sends"], rows["create"])), 0.25)
    report.line("the same, each to 100 sockets", f"{statistics.median(rows['sends to many']):,.0f} a second")

    crowd = Crowd(binary, server.port, tokens)
    crowd.tell("open 500 r 50")
    crowd.tell("say 100 200")
    echo = crowd.tell("say 2000 200")
    report.milliseconds("a send until its own echo, at 200/s, p99", echo["echo_p99"], 25)
    crowd.end()

    crowd = Crowd(binary, server.port, tokens)
    crowd.tell(f"open {SOCKETS} general 0")
    crowd.tell("say 2 1")
    before = server.resident()
    latest = [crowd.tell("say 1 1")["max"] for _ in range(5)]
    report.milliseconds(f"one message to {SOCKETS:,} sockets, the last", statistics.median(latest), 500)
    report.line("memory for that", f"{server.resident() - before:+.1f} MiB", "≤ +20 MiB",
                server.resident() - before <= 20)
    crowd.end()

    crowd = Crowd(binary, server.port, tokens)
    crowd.tell("open 5000 general 0")
    crowd.tell("say 5 5")
    crowd.tell("cut")
    time.sleep(1)
    for number in range(20):
        bench.call("POST", "/chat/rooms/general/messages", {"content": f"{time.time_ns() // 1000} missed {number}"})
        time.sleep(0.12)
    back = crowd.tell("resume")
    report.line("5,000 sockets that were cut are complete again, 20 messages each", f"{back['seconds']:.1f} s", "≤ 30 s",
                back["seconds"] <= 30 and back["messages"] == 5000 * 20)
    crowd.end()
    times = cuts(server, binary, tokens, people)
    report.line(f"of 100,000 messages while 500 sockets were cut {times} times and the server killed {times // 25} times",
                "0 lost, 0 repeated", "0 and 0")
    if POSTGRES:
        other = start("two", seeded=True)
        report.milliseconds("a message to a socket of another replica, p99", across(server, other, binary, tokens), 100)
    print(f"\n{os.cpu_count()} cores, {'PostgreSQL' if POSTGRES else 'SQLite'}, "
          f"{time.strftime('%Y-%m-%d')}; {ROUNDS} alternating rounds, medians. "
          + (f"Missed: {'; '.join(report.missed)}." if report.missed else "Every goal is met."))


def main():
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("usage: chat.py BINARY (of tests/bench/background)")
    binary = str(Path(sys.argv[1]).resolve())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * SOCKETS)), hard))
    with tempfile.TemporaryDirectory() as name:
        folder, servers = Path(name), []

        def start(name, seeded=False, **settings):
            server = make(binary, folder, name, **settings)
            servers.append(server)
            if not seeded:
                server.run("seed", "--users", str(PEOPLE), "--tasks", "0", "--products", "0", "--files", "0")
            server.start()
            return server

        try:
            measure(start, binary, folder)
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    main()
