"""Measures the catalogue and the bytes of files: `make bench-rooms`, or `python3 tests/bench/rooms.py
target/dist/alveole`.

The catalogue is measured as ratios to the cheapest signed-in request of the same run (see run.py for
why). Bytes are measured beside nginx on the same machine: it sends the same files from a folder, and
takes uploads by PUT into one. It does not hash, look at or sync what it takes; we do.

Needs `wrk` and `nginx`. BENCH_SECONDS and BENCH_ROUNDS as in run.py.
"""

import http.client
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

os.environ.setdefault("BENCH_TASKS", "1000")
os.environ.setdefault("BENCH_USERS", "100")
from cluster import free_port, service
from run import HERE, ROUNDS, SECONDS, TASKS, USERS, Server, median, wrk

SMALL = 100_000
LARGE = 100_000_000
LARGE_AT_ONCE = 4
WORDS = ["lamp", "audio", "a", "cable", "pro", "st"]
NGINX = """
daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  client_body_temp_path {folder}/temp; client_max_body_size 200m;
  server {{
    listen 127.0.0.1:{port};
    location /files/ {{ alias {folder}/files/; }}
    location /up/ {{ alias {folder}/up/; dav_methods PUT; }}
  }}
}}
"""


def pdf(size):
    """Bytes that begin like a PDF and cannot be compressed."""
    head = b"%PDF-1.7\n"
    return head + os.urandom(size - len(head))


def send_form(server, token, content, kind):
    head = (b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
            b"Content-Type: application/pdf\r\n\r\n")
    tail = b"\r\n--x--\r\n"
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.putrequest("POST", f"/api/v1/files?type={kind}&visibility=public")
    connection.putheader("Authorization", f"Bearer {token}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(len(head) + len(content) + len(tail)))
    connection.endheaders()
    for part in (head, content, tail):
        connection.send(part)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, text


def send_put(port, name, content):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("PUT", f"/up/{name}", content)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def large_uploads(send):
    """Bytes a second of uploads, so many at once; `send` gets a number and gives a status."""
    done, errors = [0] * LARGE_AT_ONCE, []
    until = time.perf_counter() + SECONDS

    def loop(worker):
        turn = 0
        while time.perf_counter() < until:
            status = send(worker, turn)
            turn += 1
            if status in (200, 201, 204):
                done[worker] += 1
            else:
                errors.append(status)

    begun = time.perf_counter()
    threads = [threading.Thread(target=loop, args=(n,)) for n in range(LARGE_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"rate": sum(done) / (time.perf_counter() - begun), "errors": len(errors)}


def small_uploads(port, way, path, token, run):
    output = subprocess.run(
        ["wrk", "-t1", "-c16", f"-d{SECONDS}s", "--latency", "--timeout", "10s",
         "-s", str(HERE / "upload.lua"), f"http://127.0.0.1:{port}", "--", way, path, token,
         str(SMALL), run],
        check=True, capture_output=True, text=True).stdout
    result = json.loads(output.strip().splitlines()[-1])
    return {"rate": result["requests"] / result["seconds"], "p99": result["p99"],
            "errors": result["status_errors"] + result["socket_errors"]}


def downloads(port, path, token, folder, connections):
    requests = folder / f"get-{port}-{connections}.txt"
    requests.write_text(f"GET {path} {token}\n")

    class At:
        pass

    at = At()
    at.port = port
    row = wrk(at, requests, connections=connections)
    row["errors"] = row["status_errors"] + row["socket_errors"]
    return row


def main():
    for program in ("wrk", "nginx"):
        if not shutil.which(program):
            sys.exit(f"make bench-rooms needs `{program}` (Debian: apt-get install {program})")
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("usage: rooms.py BINARY (a release build)")
    binary = str(Path(sys.argv[1]).resolve())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8192)), hard))
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        report(binary, Path(name), stack)


def start(binary, folder, stack, **settings):
    settings = {"ALVEOLE__FILES__QUOTA_BYTES": "0", "ALVEOLE__FILES__MAX_DOCUMENT_BYTES": "209715200",
                **settings}
    server = Server(binary, folder, f"sqlite://{folder}/alveole.db", **settings)
    server.run("seed", "--users", USERS, "--tasks", TASKS, "--products", "300", "--files", "0")
    server.start()
    stack.callback(server.stop)
    return server


def report(binary, folder, stack):
    cached = start(binary, folder / "cached", stack)
    uncached = start(binary, folder / "uncached", stack, ALVEOLE__CACHE__TTL_SECONDS="0")
    port = free_port()
    nginx = folder / "nginx"
    for part in ("files", "up", "temp"):
        (nginx / part).mkdir(parents=True)
        (nginx / part).chmod(0o777)
    folder.chmod(0o755)
    nginx.chmod(0o777)
    (nginx / "nginx.conf").write_text(NGINX.format(folder=nginx, port=port))
    service(stack, ["nginx", "-c", str(nginx / "nginx.conf"), "-e", "stderr"], port)

    tokens = {server: server.sign_in("demo1@example.com", "alveole-demo-2026")
              for server in (cached, uncached)}

    def lines(server, name, paths):
        file = folder / f"{name}-{server.port}.txt"
        file.write_text("".join(f"GET {path} {tokens[server]}\n" for path in paths))
        return file

    pages = [f"/api/v1/products?limit=20&page={n}" for n in range(1, 9)]
    searches = [f"/api/v1/products/search?limit=20&q={word}" for word in WORDS]
    plan = {
        "static": (cached, lines(cached, "static", ["/api/v1/auth/check"])),
        "catalogue, list of 20, cached": (cached, lines(cached, "list", pages)),
        "catalogue, list of 20, uncached": (uncached, lines(uncached, "list", pages)),
        "catalogue, search, cached": (cached, lines(cached, "search", searches)),
        "catalogue, search, uncached": (uncached, lines(uncached, "search", searches)),
    }
    for target, requests in plan.values():
        wrk(target, requests, seconds=1)
    rounds = {name: [] for name in plan}
    for _ in range(ROUNDS):
        for name, (target, requests) in plan.items():
            rounds[name].append(wrk(target, requests))
    print("catalogue measured", file=sys.stderr)

    token = tokens[cached]
    small, large = pdf(SMALL), pdf(LARGE)
    paths = {}
    for name, content in (("small", small), ("large", large)):
        (nginx / "files" / f"{name}.pdf").write_bytes(content)
        status, text = send_form(cached, token, content, "document")
        if status != 201:
            sys.exit(f"upload: {status} {text}")
        paths[name] = f"/api/v1/files/{json.loads(text)['data']['id']}/download"
    view = memoryview(large)[64:]

    def ours(worker, turn):
        content = b"%%PDF-1.7\n%% %d %d %d\n" % (worker, turn, time.time_ns())
        return send_form(cached, token, b"".join((content.ljust(64), view)), "document")[0]

    def theirs(worker, turn):
        content = b"%%PDF-1.7\n%% %d %d %d\n" % (worker, turn, time.time_ns())
        return send_put(port, f"large-{worker}.pdf", b"".join((content.ljust(64), view)))

    before = cached.resident()
    most = [before]
    stop = threading.Event()

    def watch():
        while not stop.wait(0.05):
            most[0] = max(most[0], cached.resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    pairs = {
        "download of 100 KB": (
            lambda run: downloads(cached.port, paths["small"], token, folder, 64),
            lambda run: downloads(port, "/files/small.pdf", token, folder, 64)),
        "download of 100 MB": (
            lambda run: downloads(cached.port, paths["large"], token, folder, 4),
            lambda run: downloads(port, "/files/large.pdf", token, folder, 4)),
        "upload of 100 KB": (
            lambda run: small_uploads(cached.port, "form", "/api/v1/files?type=document", token, run),
            lambda run: small_uploads(port, "put", "/up", token, run)),
        "upload of 100 MB": (lambda run: large_uploads(ours), lambda run: large_uploads(theirs)),
    }
    sizes = {name: LARGE if "MB" in name else SMALL for name in pairs}
    bytes_of = {name: ([], []) for name in pairs}
    for number in range(ROUNDS):
        for name, both in pairs.items():
            for rows, measure in zip(bytes_of[name], both):
                rows.append(measure(f"run{number}"))
        print(f"round {number + 1} of {ROUNDS} of bytes", file=sys.stderr)
    stop.set()
    watcher.join()

    print(f"\n{os.cpu_count()} cores, SQLite and a folder, {time.strftime('%Y-%m-%d')}; {ROUNDS} "
          f"alternating rounds of {SECONDS} s, medians; the load on the same cores.\n")
    print("| request | requests/s | of static | p50 ms | p99 ms | errors |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, rows in rounds.items():
        ratio = statistics.median(
            row["rate"] / static["rate"] for row, static in zip(rows, rounds["static"]))
        errors = sum(row["status_errors"] + row["socket_errors"] for row in rows)
        print(f"| {name} | {median(rows, 'rate'):,.0f} | {ratio:.0%} | {median(rows, 'p50'):.1f} | "
              f"{median(rows, 'p99'):.1f} | {errors} |")
    print("\n| bytes | MB/s | nginx MB/s | of nginx | errors |")
    print("|---|--:|--:|--:|--:|")
    for name, (mine, others) in bytes_of.items():
        ratio = statistics.median(a["rate"] / max(b["rate"], 1e-9) for a, b in zip(mine, others))
        speed = [median(rows, "rate") * sizes[name] / 1e6 for rows in (mine, others)]
        errors = sum(row["errors"] for row in mine)
        print(f"| {name} | {speed[0]:,.0f} | {speed[1]:,.0f} | {ratio:.0%} | {errors} |")
    print(f"\nmemory of its own: {before:.0f} MiB before the bytes, at most {most[0]:.0f} MiB with them")


if __name__ == "__main__":
    main()
