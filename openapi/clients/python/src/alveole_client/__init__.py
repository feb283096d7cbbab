"""A typed client for Alveole."""

from . import models
from .client import Client
from .errors import (
    AlveoleError,
    ApiError,
    BadRequest,
    Conflict,
    Forbidden,
    NetworkError,
    NotFound,
    NotModified,
    PayloadTooLarge,
    PreconditionFailed,
    SecondFactorNeeded,
    ServerError,
    TooManyRequests,
    Unauthorized,
    Unprocessable,
    UnsupportedMediaType,
)
from .events import Event, EventStream
from .parts import FilePart
from .transport import Page, Reply

__all__ = [
    "AlveoleError",
    "ApiError",
    "BadRequest",
    "Client",
    "Conflict",
    "Event",
    "EventStream",
    "FilePart",
    "Forbidden",
    "NetworkError",
    "NotFound",
    "NotModified",
    "Page",
    "PayloadTooLarge",
    "PreconditionFailed",
    "Reply",
    "SecondFactorNeeded",
    "ServerError",
    "TooManyRequests",
    "Unauthorized",
    "Unprocessable",
    "UnsupportedMediaType",
    "models",
]
