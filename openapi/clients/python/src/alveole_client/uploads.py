"""Resumable uploads by tus 1.0: what arrived before a connection broke is kept, and the rest follows."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from . import errors, models
from .operations import Operations
from .transport import Call, Reply

Progress = Callable[[int, int], None]
CHUNK_BYTES = 8 * 1024 * 1024
# Tries in a row in which no byte arrived.
TRIES = 5


def open_content(content: bytes | Path | BinaryIO) -> BinaryIO:
    if isinstance(content, Path):
        return content.open("rb")
    return io.BytesIO(content) if isinstance(content, bytes) else content


class Uploads(Operations):
    """Uploads of any size."""

    def start_upload(
        self,
        filename: str,
        length: int,
        *,
        media_type: str | None = None,
        type: models.FileType | None = None,
        visibility: models.FileVisibility | None = None,
        task_id: int | None = None,
        product_id: int | None = None,
    ) -> Reply[models.UploadSession]:
        """Announces an upload. Keep its `id` to go on with `resume_upload`, also in another process."""
        metadata = [f"filename {_base64(filename)}"]
        if media_type:
            metadata.append(f"filetype {_base64(media_type)}")
        return self.files_uploads_create(
            upload_length=length,
            upload_metadata=",".join(metadata),
            type=type,
            visibility=visibility,
            task_id=task_id,
            product_id=product_id,
        )

    def resume_upload(
        self, upload_id: int, content: bytes | Path | BinaryIO, *, on_progress: Progress | None = None
    ) -> Reply[models.StoredFile]:
        """Sends what the server doesn't have yet, in pieces, and again after each broken connection."""
        source = open_content(content)
        try:
            tries = 0
            while True:
                session = self.files_uploads_read(upload_id).data
                if session["file_id"] is not None:
                    return self.files_read(session["file_id"])
                offset, length = session["offset"], session["length"]
                if on_progress:
                    on_progress(offset, length)
                try:
                    while offset < length:
                        source.seek(offset)
                        offset = self._append(upload_id, offset, source.read(CHUNK_BYTES))
                        tries = 0
                        if on_progress:
                            on_progress(offset, length)
                except (errors.NetworkError, errors.ServerError, errors.Conflict, errors.TooManyRequests):
                    # The server says how much of it arrived.
                    tries += 1
                    if tries >= TRIES:
                        raise
                    time.sleep(0.2 * 2**tries)
        finally:
            if source is not content:
                source.close()

    def upload(
        self,
        content: bytes | Path | BinaryIO,
        filename: str,
        *,
        media_type: str | None = None,
        type: models.FileType | None = None,
        visibility: models.FileVisibility | None = None,
        task_id: int | None = None,
        product_id: int | None = None,
        on_progress: Progress | None = None,
    ) -> Reply[models.StoredFile]:
        """Uploads a file and returns it. `content` is bytes, a path, or an open binary file that can seek."""
        source = open_content(content)
        try:
            length = source.seek(0, io.SEEK_END)
            started = self.start_upload(
                filename,
                length,
                media_type=media_type,
                type=type,
                visibility=visibility,
                task_id=task_id,
                product_id=product_id,
            )
            return self.resume_upload(started.data["id"], source, on_progress=on_progress)
        finally:
            if source is not content:
                source.close()

    def _append(self, upload_id: int, offset: int, piece: bytes) -> int:
        reply = self.files_uploads_append(upload_id, piece, upload_offset=offset)
        return int(reply.headers["upload-offset"])

    def save_file(self, file_id: int, target: Path | BinaryIO) -> None:
        """Downloads a file piece by piece, without holding it in memory."""
        with closing(self._send(Call("GET", f"/api/v1/files/{file_id}/download"), stream=True)) as response:
            out = target.open("wb") if isinstance(target, Path) else target
            try:
                for piece in response.iter_bytes():
                    out.write(piece)
            finally:
                if out is not target:
                    out.close()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
