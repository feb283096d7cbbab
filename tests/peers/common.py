"""What the programs of `make test-peers` have in common: calls of the server."""
import json
import os
import urllib.error
import urllib.request

URL = os.environ["ALVEOLE_URL"] + "/api/v1"


def call(method, path, body=None, token=None, headers=None):
    headers = {"Content-Type": "application/json", **(headers or {})}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def must(expected, answer, what):
    status, body = answer
    found = status if isinstance(expected, int) else (status, body.get("code"))
    if found != expected:
        raise SystemExit(f"{what}: {status} {body}, not {expected}")
    return body


def takes(verify, *arguments):
    try:
        verify(*arguments)
        return True
    except Exception:
        return False


def sign_in():
    """An administrator's token."""
    who = {"email": os.environ["ALVEOLE_EMAIL"], "password": os.environ["ALVEOLE_PASSWORD"]}
    return must(200, call("POST", "/auth/login", who), "sign-in")["data"]["access_token"]
