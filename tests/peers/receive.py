"""Receives what a server sends, and has libraries of receivers verify it. usage: receive.py

Standard Webhooks' and Svix's libraries for Python verify here, Standard Webhooks' for Node in `verify.mjs`. Each of them
refuses an altered delivery. After a rotation, messages verify with the old secret and with the new one. Of every type of
event a message is sent, and jsonschema judges it by the schemas of the catalogue and of the OpenAPI document.
"""
import http.server
import json
import os
import pathlib
import queue
import subprocess
import threading
import urllib.request

import jsonschema
import standardwebhooks
import svix.webhooks

from common import URL, call, must, sign_in, takes

HERE = pathlib.Path(__file__).resolve().parent
TAKEN = queue.Queue()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        TAKEN.put((dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def node(secret, headers, body):
    done = subprocess.run(
        ["node", str(HERE / "verify.mjs"), secret, json.dumps(headers)], check=True, capture_output=True,
        input=body, timeout=60,
    )
    return done.stdout.decode().strip() == "true"


def verify(secret, headers, body):
    """What each library says."""
    headers = {name.lower(): value for name, value in headers.items()}
    return [
        takes(standardwebhooks.Webhook(secret).verify, body, headers),
        takes(svix.webhooks.Webhook(secret).verify, body, headers),
        node(secret, headers, body),
    ]


def expect(expected, secret, headers, body, what):
    said = verify(secret, headers, body)
    if said != [expected] * 3:
        raise SystemExit(f"{what}: standardwebhooks, svix and standardwebhooks for Node say {said}")


def closed(schema):
    """The same schema, for which a member that it doesn't name is an error."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {name: closed(one) for name, one in schema.items()}
    if isinstance(schema.get("properties"), dict):
        schema.setdefault("additionalProperties", False)
    return schema


def judge(schema, value, what):
    kind = jsonschema.Draft202012Validator
    kind.check_schema(schema)
    for error in kind(schema, format_checker=kind.FORMAT_CHECKER).iter_errors(value):
        raise SystemExit(f"{what}: {error.json_path}: {error.message}")


def every_type(endpoint, token):
    """Has a message of each type sent, and judges it by what we publish about the type."""
    with urllib.request.urlopen(URL.removesuffix("/api/v1") + "/openapi.json", timeout=20) as answer:
        document = json.load(answer)
    types = must(200, call("GET", "/webhooks/event-types", token=token), "types")["data"]
    if sorted(document["webhooks"]) != [one["name"] for one in types]:
        raise SystemExit("the catalogue and the document differ")
    for one in types:
        name = one["name"]
        must(200, call("POST", f"/webhooks/endpoints/{endpoint}/test", {"type": name}, token), name)
        body = json.loads(TAKEN.get(timeout=60)[1])
        judge(closed(one["schema"]), body["data"], f"{name} in the catalogue")
        described = document["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]["schema"]
        judge(closed({**described, "components": document["components"]}), body, f"{name} in the document")
    return len(types)


def main():
    token = sign_in()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = {"url": f"http://127.0.0.1:{server.server_port}/hook", "events": ["task.*"]}
    made = must(201, call("POST", "/webhooks/endpoints", endpoint, token), "endpoint")["data"]
    secret = made["secret"]

    # What any re-encoding would change: escapes, other scripts, spaces.
    title = "Éclair \"1.0\" \\ / \u2028 日本 <&>"
    must(201, call("POST", "/tasks", {"title": title}, token), "task")
    headers, body = TAKEN.get(timeout=60)
    event = json.loads(body)
    if event["type"] != "task.created.v1" or event["data"]["title"] != title:
        raise SystemExit(f"another event: {body}")
    expect(True, secret, headers, body, "as sent")
    for place in (0, len(body) // 2, len(body) - 1):
        altered = body[:place] + bytes([body[place] ^ 1]) + body[place + 1:]
        expect(False, secret, headers, altered, f"altered at {place}")
    expect(False, secret, {**headers, "webhook-id": "evt_other"}, body, "with another id")
    expect(False, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", headers, body, "with another secret")
    print("what we sign is verified by the libraries of receivers, and refused when altered")

    print(f"{every_type(made['id'], token)} types of events are as their schemas say")

    path = f"/webhooks/endpoints/{made['id']}/secret/rotate"
    rotated = must(200, call("POST", path, {"overlap_seconds": 600}, token), "rotation")["data"]
    must(201, call("POST", "/tasks", {"title": "after the rotation"}, token), "task")
    headers, body = TAKEN.get(timeout=60)
    expect(True, secret, headers, body, "with the old secret")
    expect(True, rotated["secret"], headers, body, "with the new secret")
    print("during a rotation, it is verified with the old secret and with the new one")


main()
