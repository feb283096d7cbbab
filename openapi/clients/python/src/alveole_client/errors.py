"""Failures as exceptions. Each class is one status; `code` says which failure it is (openapi/problems.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .models import FieldError, JsonObject


class AlveoleError(Exception):
    """Every exception of this package."""


class NetworkError(AlveoleError):
    """The server couldn't be reached, or the connection broke; a request that may be repeated was repeated."""


class NotModified(AlveoleError):
    """304: what `if_none_match` names is still current."""


class SecondFactorNeeded(AlveoleError):
    """The password was right and the account has a second factor: call `verify_second_factor`."""

    def __init__(self, mfa_token: str) -> None:
        super().__init__("the account has a second factor: call verify_second_factor with a code")
        self.mfa_token = mfa_token


class ApiError(AlveoleError):
    """The server refused. `problem` is the problem document (RFC 9457), empty when a proxy answered."""

    def __init__(self, status: int, problem: JsonObject, headers: Mapping[str, str]) -> None:
        self.status = status
        self.problem = problem
        self.headers = headers
        self.code: str = problem.get("code", "")
        super().__init__(f"{status} {self.code}: {problem.get('detail', 'the answer is no problem document')}")

    @property
    def errors(self) -> list[FieldError]:
        """The fields that are wrong, each with a JSON Pointer."""
        found: list[FieldError] = self.problem.get("errors", [])
        return found

    @property
    def request_id(self) -> str | None:
        """As in the server's log."""
        return self.headers.get("x-request-id")

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait."""
        value = self.headers.get("retry-after", "")
        return float(value) if value.isdigit() else None


class BadRequest(ApiError):
    """400: fields, parameters or headers are wrong; see `errors`."""


class Unauthorized(ApiError):
    """401: the caller isn't signed in, or the session has ended."""


class Forbidden(ApiError):
    """403."""

    @property
    def permission(self) -> str | None:
        """The permission that is missing, if it is one."""
        return self.problem.get("permission")


class NotFound(ApiError):
    """404: it doesn't exist, or isn't visible to the caller."""


class Conflict(ApiError):
    """409: the present state doesn't allow it."""


class PreconditionFailed(ApiError):
    """412: it was changed since it was read."""

    @property
    def current(self) -> JsonObject:
        """The present state, to merge with and write again."""
        found: dict[str, Any] = self.problem.get("current", {})
        return found


class PayloadTooLarge(ApiError):
    """413."""


class UnsupportedMediaType(ApiError):
    """415: this format isn't kept, or the body is of another type than the operation takes."""


class Unprocessable(ApiError):
    """422: well-formed, but not possible."""


class TooManyRequests(ApiError):
    """429, after all retries; see `retry_after`."""


class ServerError(ApiError):
    """5xx, after all retries."""


BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: PreconditionFailed,
    413: PayloadTooLarge,
    415: UnsupportedMediaType,
    422: Unprocessable,
    429: TooManyRequests,
}


def of_status(status: int) -> type[ApiError]:
    return BY_STATUS.get(status, ServerError if status >= 500 else ApiError)
