"""One request with all that belongs to it: tokens and their refresh, retries, idempotency keys, pages, events."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar, cast
from urllib.parse import quote

import httpx

from . import errors, models
from .events import EventStream
from .parts import FilePart

T = TypeVar("T")

# The server sends a comment every 15 seconds; a stream that is silent for longer is dead.
STREAM_SILENCE_SECONDS = 40.0
# A longer wait is left to the caller.
LONGEST_WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Call:
    """A request. `keyed`: the operation takes an `Idempotency-Key`, so each call gets one."""

    method: str
    path: str
    query: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, object] = field(default_factory=dict)
    json: object = None
    form: Any = None
    content: bytes | str | None = None
    media_type: str = ""
    keyed: bool = False
    anonymous: bool = False


@dataclass(frozen=True)
class Reply(Generic[T]):
    """An answer: `data` is what the envelope held."""

    data: T
    status: int
    headers: Mapping[str, str]

    @property
    def etag(self) -> str | None:
        """For `if_match` and `if_none_match`."""
        return self.headers.get("etag")

    @property
    def location(self) -> str | None:
        """The path of what was created, or where a redirect leads."""
        return self.headers.get("location")

    @property
    def replayed(self) -> bool:
        """True when the server answered from an earlier request with this idempotency key."""
        return self.headers.get("idempotency-replayed") == "true"


@dataclass(frozen=True)
class Page(Reply[list[T]]):
    """One page of a list."""

    pagination: models.Pagination

    @property
    def next_cursor(self) -> str | None:
        """The `cursor` of the next page; None on the last one, and where pages are numbered."""
        return cast(models.CursorInfo, self.pagination).get("next_cursor")


def segment(value: object) -> str:
    return quote(str(value), safe="")


class Transport:
    """Sends calls. Safe to share between threads."""

    def __init__(
        self,
        base_url: str = "http://localhost:8080",
        *,
        token: str | None = None,
        tokens: models.Tokens | None = None,
        on_tokens: Callable[[models.Tokens | None], None] | None = None,
        timeout_seconds: float = 30.0,
        retries: int = 4,
        http: httpx.Client | None = None,
    ) -> None:
        """`token` is a personal access token; `tokens` are those of an earlier session, and `on_tokens` is called
        with each new pair (None after a sign-out) so that the program can keep it. `retries` is how often a request
        is repeated that may be repeated."""
        self._token = token
        self._tokens = tokens
        self._on_tokens = on_tokens
        self._retries = retries
        self._refreshing = threading.Lock()
        self._http = http or httpx.Client(timeout=timeout_seconds)
        self.base_url = base_url.rstrip("/")

    @property
    def tokens(self) -> models.Tokens | None:
        """The pair in use, while signed in."""
        return self._tokens

    def _set_tokens(self, tokens: models.Tokens | None) -> None:
        self._tokens = tokens
        if self._on_tokens:
            self._on_tokens(tokens)

    def _access_token(self) -> str | None:
        return self._token or (self._tokens["access_token"] if self._tokens else None)

    def _refresh(self, used: str) -> None:
        """Replaces the pair whose access token was `used`; of several callers one asks, the others wait for it."""
        with self._refreshing:
            if self._tokens is None or self._tokens["access_token"] != used:
                return
            body: models.RefreshTokens = {"refresh_token": self._tokens["refresh_token"]}
            try:
                reply = self._data(Call("POST", "/api/v1/auth/refresh", json=body, anonymous=True))
            except errors.Unauthorized:
                # The session has ended; the pair is of no more use.
                self._set_tokens(None)
                raise
            self._set_tokens(reply.data)

    def _request(self, call: Call, token: str | None, timeout: float | None = None) -> httpx.Request:
        headers = {name: str(value) for name, value in call.headers.items() if value is not None}
        headers.setdefault("Accept", "*/*")
        if token and not call.anonymous:
            headers["Authorization"] = f"Bearer {token}"
        query = {name: _query_text(value) for name, value in call.query.items() if value is not None}
        data: dict[str, str] = {}
        files: list[tuple[str, tuple[str, Any, str]]] = []
        for name, value in (call.form or {}).items():
            if isinstance(value, FilePart):
                if not isinstance(value.content, bytes):
                    value.content.seek(0)
                files.append((name, (value.filename, value.content, value.media_type)))
            elif value is not None:
                data[name] = str(value)
        if call.content is not None:
            headers["Content-Type"] = call.media_type
        return self._http.build_request(
            call.method,
            self.base_url + call.path,
            params=query or None,
            headers=headers,
            json=call.json,
            data=data or None,
            files=files or None,
            content=call.content,
            timeout=httpx.Timeout(self._http.timeout.connect, read=timeout) if timeout else httpx.USE_CLIENT_DEFAULT,
        )

    def _send(self, call: Call, *, stream: bool = False, silence: float | None = None) -> httpx.Response:
        """Sends the call, again where that is safe, and raises what isn't a success."""
        if call.keyed and call.headers.get("Idempotency-Key") is None:
            # One key for all tries, so that only one of them has an effect.
            call = replace(call, headers={**call.headers, "Idempotency-Key": str(uuid.uuid4())})
        repeatable = call.method == "GET" or call.keyed
        refreshed = False
        tries = 0
        while True:
            token = self._access_token()
            try:
                response = self._http.send(self._request(call, token, silence), stream=stream)
                if response.status_code >= 300:
                    response.read()
            except httpx.TransportError as cause:
                if not repeatable or tries >= self._retries:
                    raise errors.NetworkError(f"{call.method} {call.path}: {cause or type(cause).__name__}") from cause
                time.sleep(_pause(tries))
                tries += 1
                continue
            if response.status_code < 300 or (response.status_code < 400 and response.has_redirect_location):
                return response
            if response.status_code == 304:
                raise errors.NotModified("not modified")
            error = _error(response)
            if error.code == "auth.token_expired" and self._tokens and token and not (refreshed or call.anonymous):
                refreshed = True
                self._refresh(token)
                continue
            wait = _pause(tries) if error.retry_after is None else error.retry_after
            again = error.status == 429 or (error.status == 503 and repeatable)
            if not again or tries >= self._retries or wait > LONGEST_WAIT_SECONDS:
                raise error
            time.sleep(wait)
            tries += 1

    # What the generated methods return, by the kind of answer.

    def _data(self, call: Call) -> Reply[Any]:
        response = self._send(call)
        return Reply(response.json()["data"], response.status_code, response.headers)

    def _page(self, call: Call) -> Page[Any]:
        response = self._send(call)
        body = response.json()
        return Page(body["data"], response.status_code, response.headers, body["pagination"])

    def _json(self, call: Call) -> Reply[Any]:
        response = self._send(call)
        return Reply(response.json(), response.status_code, response.headers)

    def _text(self, call: Call) -> Reply[str]:
        response = self._send(call)
        return Reply(response.text, response.status_code, response.headers)

    def _bytes(self, call: Call) -> Reply[bytes]:
        response = self._send(call)
        return Reply(response.content, response.status_code, response.headers)

    def _none(self, call: Call) -> Reply[None]:
        response = self._send(call)
        return Reply(None, response.status_code, response.headers)

    def _all(self, read: Callable[[str], Page[T]]) -> Iterator[T]:
        cursor: str | None = ""
        while cursor is not None:
            page = read(cursor)
            yield from page.data
            cursor = page.next_cursor

    def _events(self, call: Call) -> EventStream:
        def connect(last_id: str) -> httpx.Response:
            here = replace(call, headers={**call.headers, "Last-Event-ID": last_id or None})
            return self._send(here, stream=True, silence=STREAM_SILENCE_SECONDS)

        return EventStream(connect, str(call.headers.get("Last-Event-ID") or ""))


def _error(response: httpx.Response) -> errors.ApiError:
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    return errors.of_status(response.status_code)(
        response.status_code, problem if isinstance(problem, dict) else {}, response.headers
    )


def _pause(tries: int) -> float:
    """0.2 s, doubled with each try and spread, so that many clients don't return in the same moment."""
    return float(0.2 * 2**tries * random.uniform(0.5, 1.5))


def _query_text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
