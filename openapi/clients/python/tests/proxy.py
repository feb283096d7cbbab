"""A TCP proxy in front of the server that breaks connections."""

from __future__ import annotations

import socket
import threading
from urllib.parse import urlsplit


class Proxy:
    """`lose_answers` is how many of the next answers are thrown away with their connection; `cut_upload_after`
    is how many bytes a client may send before its connection is cut, once."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.lose_answers = 0
        self.cut_upload_after: int | None = None
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Breaks all connections that are open."""
        for one in list(self._open):
            _close(one)

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(self._target)
            self._open |= {client, server}
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=self._down, args=(client, server), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        sent = 0
        try:
            while piece := client.recv(65536):
                server.sendall(piece)
                sent += len(piece)
                if self.cut_upload_after is not None and sent > self.cut_upload_after:
                    self.cut_upload_after = None
                    break
        except OSError:
            pass
        self._end(client, server)

    def _down(self, client: socket.socket, server: socket.socket) -> None:
        try:
            while piece := server.recv(65536):
                if self.lose_answers > 0:
                    self.lose_answers -= 1
                    break
                client.sendall(piece)
        except OSError:
            pass
        self._end(client, server)

    def _end(self, *both: socket.socket) -> None:
        for one in both:
            self._open.discard(one)
            _close(one)


def _close(one: socket.socket) -> None:
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()
