"""Sends what libraries of senders sign to a server, as they are and altered. usage: send.py

Stripe's and Standard Webhooks' libraries sign here, GitHub's in `sign.mjs`. Each altered delivery is refused by the
server and, where it has a verifier, by the library.
"""
import datetime
import json
import pathlib
import subprocess
import time

import standardwebhooks
import stripe

from common import call, must, sign_in, takes

HERE = pathlib.Path(__file__).resolve().parent
STRIPE = "whsec_a secret that Stripe would make"
GITHUB = "It's a Secret to Everybody"
STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def node(*arguments):
    done = subprocess.run(
        ["node", str(HERE / "sign.mjs"), *arguments], check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout.strip()


def altered(body):
    """The body with one bit of each of some bytes turned."""
    for place in (0, len(body) // 2, len(body) - 1):
        yield body[:place] + bytes([body[place] ^ 1]) + body[place + 1:]


def deliver(source, body, headers, refuses):
    path = f"/webhooks/{source}"
    for other in altered(body):
        must((400, "webhooks.signature_invalid"), call("POST", path, other, headers=headers), f"{source}, altered")
        if refuses(other):
            raise SystemExit(f"{source}: its own library takes an altered body")
    first = must(200, call("POST", path, body, headers=headers), source)["data"]
    again = must(200, call("POST", path, body, headers=headers), source)["data"]
    if (first, again) != ({"received": True, "duplicate": False}, {"received": True, "duplicate": True}):
        raise SystemExit(f"{source}: {first}, {again}")
    print(f"{source}: signed by its library, taken once, refused when altered")


def main():
    token = sign_in()
    for name, scheme, secret in (
        ("stripe", "stripe", STRIPE),
        ("github", "github", GITHUB),
        ("standard", "standard", STANDARD),
    ):
        put = {"scheme": scheme, "secrets": [secret]}
        must(201, call("PUT", f"/admin/webhooks/sources/{name}", put, token), f"source {name}")

    now = int(time.time())
    event = json.dumps({
        "id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "created": now,
        "data": {"object": {"id": "pi_1", "amount": 1999, "amount_received": 1999, "currency": "eur"}},
    }, indent=2).encode()
    signature = stripe.WebhookSignature._compute_signature(f"{now}.{event.decode()}", STRIPE)
    header = f"t={now},v1={signature}"
    if not takes(stripe.Webhook.construct_event, event, header, STRIPE):
        raise SystemExit("stripe: its own library refuses its own signature")
    deliver("stripe", event, {"Stripe-Signature": header},
            lambda body: takes(stripe.Webhook.construct_event, body, header, STRIPE))

    push = json.dumps({"ref": "refs/heads/main", "before": "a", "after": "b", "commits": [],
                       "repository": {"id": 7, "full_name": "ada/engine"}}).encode()
    signature = node("sign", GITHUB, push.decode())
    headers = {"X-Hub-Signature-256": signature, "X-GitHub-Delivery": "d-1", "X-GitHub-Event": "push"}
    deliver("github", push, headers,
            lambda body: node("verify", GITHUB, body.decode("latin-1"), signature) == "true")

    webhook = standardwebhooks.Webhook(STANDARD)
    at = datetime.datetime.now(datetime.timezone.utc)
    text = '{"type": "order.paid", "data": {"n": 1}}'
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": webhook.sign("msg_1", at, text),
    }
    deliver("standard", text.encode(), headers, lambda body: takes(webhook.verify, body, headers))

    for attempt in range(100):
        payments = must(200, call("GET", "/admin/payments", token=token), "payments")["data"]
        events = must(200, call("GET", "/admin/webhooks/events?state=received", token=token), "events")["data"]
        if payments and not events:
            break
        time.sleep(0.1)
    if [(one["external_id"], one["state"]) for one in payments] != [("pi_1", "succeeded")]:
        raise SystemExit(f"payments: {payments}")
    print("the payment is recorded once")


main()
