#!/usr/bin/env python3
"""Runs the real nginx with the real files between a client and two stand-in servers, and asks what
must hold: which headers pass, what is tried again and what is not, that events are not held back.
Only the addresses of the replicas and the port are replaced. Exit 2: there is no nginx here.
"""

import http.client
import http.server
import json
import pathlib
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).parent.parent / "nginx"


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """A replica: answers with what it was sent, or as `mode` says."""

    daemon_threads = True

    def __init__(self, name):
        super().__init__(("127.0.0.1", 0), Handler)
        self.name, self.mode, self.seen = name, "ok", []
        # That a request of nine bytes came, though they did not.
        self.begun = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """A client that goes away is part of the test."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self):
        length = int(self.headers.get("content-length", 0))
        self.server.begun |= length == 9
        self.rfile.read(length)
        self.server.seen.append(f"{self.command} {self.path}")
        if self.server.mode == "reset":
            # The request was read, and the connection ends without an answer.
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        if self.path.startswith("/api/v1/tasks/events"):
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(b": connected\n\n")
            self.wfile.flush()
            time.sleep(3)
            self.close_connection = True
            return
        if self.headers.get("upgrade", "").lower() == "websocket" and self.path.endswith("/ws"):
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.end_headers()
            self.wfile.write(b"hello")
            self.wfile.flush()
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = json.dumps({"server": self.server.name, "headers": headers, "pad": "x" * 4000}).encode()
        self.send_response(503 if self.server.mode == "503" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Request-Id", headers.get("x-request-id", ""))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = answer


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Proxy:
    def __init__(self, folder, servers):
        self.port, self.folder = free_port(), folder
        upstream = (HERE / "upstream.conf").read_text()
        for number, server in enumerate(servers, start=1):
            upstream = upstream.replace(f"alveole-{number}:8080", f"127.0.0.1:{server.server_port}")
        site = (HERE / "alveole.conf").read_text().replace("listen 8080", f"listen 127.0.0.1:{self.port}")
        site = site.replace("/var/log/nginx/access.log", f"{folder}/access.log")
        main = (HERE / "nginx.conf").read_text().replace("/tmp/nginx", f"{folder}/nginx")
        for name, text in (("upstream.conf", upstream), ("alveole.conf", site), ("nginx.conf", main)):
            (folder / name).write_text(text)
        self.command = [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(folder / "nginx.conf")]

    def check(self):
        result = subprocess.run([*self.command, "-t"], capture_output=True, text=True)
        print(result.stderr, end="")
        return result.returncode == 0 and "[warn]" not in result.stderr

    def check_tls(self):
        """The same with tls-server.conf and tls-redirect.conf, and a certificate thrown away after it."""
        if not shutil.which("openssl"):
            print("SKIPPED TLS: no openssl to make a certificate with")
            return True
        folder = self.folder / "tls"
        folder.mkdir()
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
             "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"], check=True, capture_output=True)
        for name in ("nginx.conf", "upstream.conf"):
            shutil.copy(self.folder / name, folder)
        tls = (HERE / "tls-server.conf").read_text().replace("/etc/nginx/tls", str(folder))
        (folder / "tls-server.conf").write_text(tls.replace("listen 443", f"listen 127.0.0.1:{free_port()}"))
        redirect = (HERE / "tls-redirect.conf").read_text().replace("listen 80", f"listen 127.0.0.1:{free_port()}")
        site = (self.folder / "alveole.conf").read_text()
        plain = f"listen 127.0.0.1:{self.port} default_server;"
        assert plain in site, "alveole.conf listens elsewhere"
        site = site.replace(plain, "include tls-server.conf;")
        (folder / "alveole.conf").write_text(site + redirect)
        result = subprocess.run([self.command[0], "-t", "-c", folder / "nginx.conf"], capture_output=True, text=True)
        print(result.stderr, end="")
        return result.returncode == 0 and "[warn]" not in result.stderr

    def start(self):
        # What it says of failures is expected here.
        self.process = subprocess.Popen([*self.command, "-g", "daemon off;"], stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("nginx did not start")

    def ask(self, method, path, headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        text = response.read()
        connection.close()
        try:
            return response, json.loads(text)
        except ValueError:
            return response, {}

    def raw(self, request, seconds=1.0):
        """What comes back within some time, as it comes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as s:
            s.sendall(request)
            got = b""
            try:
                while b"\r\n\r\n" not in got or not got.split(b"\r\n\r\n", 1)[1]:
                    piece = s.recv(4096)
                    if not piece:
                        break
                    got += piece
            except TimeoutError:
                pass
            return got


def cases(proxy, servers):
    both = lambda: [entry for server in servers for entry in server.seen]

    def mode(first, second="ok"):
        # What a replica was marked for is forgotten after fail_timeout (2 s).
        time.sleep(2.2)
        for server, wanted in zip(servers, (first, second)):
            server.mode, server.seen = wanted, []

    _, got = proxy.ask("GET", "/x", {
        "X-Forwarded-For": "6.6.6.6", "X-Real-IP": "6.6.6.6", "Forwarded": "for=6.6.6.6",
        "X-Request-Id": "client-1", "traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01",
        "Upgrade": "h2c", "Connection": "Upgrade",
    })
    sent = got["headers"]
    yield "a stranger's X-Forwarded-For does not arrive", sent["x-forwarded-for"] == "127.0.0.1"
    yield "nor do X-Real-IP and Forwarded", not {"x-real-ip", "forwarded"} & sent.keys()
    yield "the client's request id passes", sent["x-request-id"] == "client-1"
    yield "traceparent passes", sent["traceparent"].startswith("00-aaaa")
    yield "an upgrade to h2c does not pass", not {"upgrade", "connection"} & sent.keys()
    response, got = proxy.ask("GET", "/x", {"X-Request-Id": 'evil"id', "Accept-Encoding": "gzip"})
    yield "an odd request id is replaced", len(got["headers"]["x-request-id"]) == 32
    yield "nginx does not compress", response.headers.get("content-encoding") is None
    yield "and lets the server know what the client takes", got["headers"]["accept-encoding"] == "gzip"

    for server in servers:
        server.seen = []
    for _ in range(20):
        proxy.ask("GET", "/x")
    yield "both replicas are asked", all(server.seen for server in servers)

    yield "/metrics and /ready are not for strangers", all(
        proxy.ask("GET", path)[0].status == 404 for path in ("/metrics", "/ready"))
    yield "/health is", proxy.ask("GET", "/health")[0].status == 200
    yield "2 MiB and more is refused", proxy.ask("POST", "/x", body=b"x" * (2 * 1024 * 1024 + 1))[0].status == 413
    response, _ = proxy.ask("POST", "/x", body=b"x" * 1000000)
    yield "a megabyte passes", response.status == 200

    for path in ("files", "products/7/files", "tasks/7/attachments", "users/me/avatar", "admin/products/import"):
        response, _ = proxy.ask("POST", f"/api/v1/{path}", body=b"x" * (5 * 1024 * 1024))
        yield f"five megabytes to {path} pass", response.status == 200
    proxy.raw(b"POST /api/v1/files HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
    yield "and arrive before they are whole", any(server.begun for server in servers)

    mode("503")
    statuses = [proxy.ask("GET", "/x")[0].status for _ in range(6)]
    yield "a GET answered 503 is tried on the other replica", statuses == [200] * 6 and servers[0].seen
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        mode("503", "503")
        response, _ = proxy.ask(method, "/x", body=b"{}")
        yield f"a {method} answered 503 is sent once", response.status == 503 and len(both()) == 1
    for method in ("POST", "PATCH"):
        mode("reset", "reset")
        response, _ = proxy.ask(method, "/x", body=b"{}")
        yield f"a {method} whose connection broke is sent once", response.status == 502 and len(both()) == 1
    mode("reset", "reset")
    response, _ = proxy.ask("GET", "/x")
    yield "a GET is tried twice and no more", response.status == 502 and len(both()) == 2

    mode("ok", "ok")
    began = time.monotonic()
    got = proxy.raw(b"GET /api/v1/tasks/events HTTP/1.1\r\nHost: x\r\n\r\n")
    yield "an event passes at once", b": connected" in got and time.monotonic() - began < 1
    got = proxy.raw(b"GET /api/v1/chat/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    yield "a WebSocket is opened", got.startswith(b"HTTP/1.1 101") and got.endswith(b"hello")

    servers[0].server_close()
    servers[0].shutdown()
    time.sleep(2.2)
    statuses = {proxy.ask(method, "/x", body=b"{}")[0].status for _ in range(5) for method in ("GET", "POST", "DELETE")}
    yield "a replica that is gone is not noticed, by writes neither", statuses == {200}

    lines = [json.loads(line) for line in (proxy.folder / "access.log").read_text().splitlines()]
    yield "the access log has the ids", any(line["request_id"] == "client-1" and line["traceparent"] for line in lines)


def main():
    if not (shutil.which("nginx") or pathlib.Path("/usr/sbin/nginx").exists()):
        print("no nginx here")
        sys.exit(2)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="alveole-nginx-"))
    folder.chmod(0o755)
    servers = [Server("one"), Server("two")]
    proxy = Proxy(folder, servers)
    failed = not (proxy.check() and proxy.check_tls())
    if not failed:
        proxy.start()
        try:
            for name, holds in cases(proxy, servers):
                print("ok    " if holds else "FAILED", name)
                failed = failed or not holds
        finally:
            proxy.process.terminate()
            proxy.process.wait(timeout=10)
    shutil.rmtree(folder)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
