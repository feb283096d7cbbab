"""Server-Sent Events (WHATWG HTML §9.2) that survive broken connections."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType

import httpx

from . import errors
from .models import JsonObject

LONGEST_PAUSE_SECONDS = 30.0


@dataclass(frozen=True)
class Event:
    """`name` is such as `task.updated.v1`, `data` its envelope."""

    id: str
    name: str
    data: JsonObject


class EventStream(Iterator[Event]):
    """Events as they happen. A connection that breaks is opened again behind the last event, so that no event is
    missed or repeated. The stream ends with `close`, or with an exception when the session has ended."""

    def __init__(self, connect: Callable[[str], httpx.Response], last_id: str) -> None:
        self._connect = connect
        self._pause_seconds = 1.0
        self._failures = 0
        self.last_id = last_id
        """Where to go on, also in another process: `last_event_id` of the operation."""
        # Opened here, so that an event counts from now on and a refusal is raised to the caller.
        self._response: httpx.Response | None = connect(last_id)
        self._events = self._parse(_lines(self._response.iter_bytes()))
        self._closed = False

    def __enter__(self) -> EventStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._closed = True
        if self._response:
            self._response.close()
            self._response = None

    def __next__(self) -> Event:
        while not self._closed:
            try:
                if self._response is None:
                    self._response = self._connect(self.last_id)
                    self._events = self._parse(_lines(self._response.iter_bytes()))
                event = next(self._events, None)
                if event:
                    self._failures = 0
                    return event
            except (httpx.TransportError, errors.NetworkError, errors.ServerError):
                self._failures += 1
            if self._response:
                self._response.close()
                self._response = None
            time.sleep(min(self._pause_seconds * 2 ** min(self._failures, 5), LONGEST_PAUSE_SECONDS))
        raise StopIteration

    def _parse(self, lines: Iterable[str]) -> Iterator[Event]:
        # What a broken connection left unfinished is no event, and its id does not count.
        event_id, name, data = self.last_id, "message", list[str]()
        for line in lines:
            if line == "":
                self.last_id = event_id
                if data:
                    yield Event(event_id, name, json.loads("\n".join(data)))
                name, data = "message", []
                continue
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "data":
                data.append(value)
            elif field == "event":
                name = value
            elif field == "id":
                event_id = value
            elif field == "retry" and value.isdigit():
                self._pause_seconds = int(value) / 1000


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Whole lines. `splitlines` and httpx's `iter_lines` also split at characters that JSON may contain."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode()
