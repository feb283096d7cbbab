"""What a request carries that isn't JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO


@dataclass(frozen=True)
class FilePart:
    """A file of a form. `content` is bytes, or an open binary file that can seek: a retry reads it again."""

    filename: str
    content: bytes | BinaryIO
    media_type: str = "application/octet-stream"
