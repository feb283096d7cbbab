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
        self._closed = False
        self._response: httpx.Response | None = None
        self._blocks: Iterator[Event | None] = iter(())
        # Opened here, so that events count from now on and a refusal is raised to the caller. The first block has
        # the id to resume from, should the connection break before the first event.
        self._open()
        try:
            self._first = next(self._blocks, None)
        except httpx.TransportError as cause:
            raise errors.NetworkError(f"the event stream broke: {cause}") from cause

    def __enter__(self) -> EventStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._closed = True
        self._disconnect()

    def _open(self) -> None:
        self._response = self._connect(self.last_id)
        self._blocks = self._parse(_lines(self._response.iter_bytes()))

    def _disconnect(self) -> None:
        if self._response:
            self._response.close()
            self._response = None

    def __next__(self) -> Event:
        while not self._closed:
            if self._first:
                event, self._first = self._first, None
                return event
            try:
                if self._response is None:
                    self._open()
                for block in self._blocks:
                    self._failures = 0
                    if block:
                        return block
            except (httpx.TransportError, errors.NetworkError, errors.ServerError):
                self._failures += 1
            self._disconnect()
            time.sleep(min(self._pause_seconds * 2 ** min(self._failures, 5), LONGEST_PAUSE_SECONDS))
        raise StopIteration

    def _parse(self, lines: Iterable[str]) -> Iterator[Event | None]:
        """An event, or None for a block without one."""
        # What a broken connection left unfinished is no event, and its id does not count.
        event_id, name, data = self.last_id, "message", list[str]()
        for line in lines:
            if line == "":
                self.last_id = event_id
                yield Event(event_id, name, json.loads("\n".join(data))) if data else None
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
