"""The wire to Label Studio as something that can be cut: a relay in between, for a server that cannot be stopped."""

from __future__ import annotations

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class Wire:
    """Relays connections to a server. ``cut``: none is taken, those there are end. ``deaf``: requests pass, and the
    connection ends before the answer does."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.there = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.cut = self.deaf = False
        self.links: list[socket.socket] = []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def break_(self) -> None:
        """Cut it."""
        self.cut = True
        for link in self.links:
            _end(link)
        self.links.clear()

    def mend(self) -> None:
        """Whole again."""
        self.cut = self.deaf = False

    def close(self) -> None:
        """Take it away."""
        self.break_()
        _end(self.door)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.door.accept()
                if self.cut:
                    _end(near)
                    continue
                far = socket.create_connection(self.there)
                self.links += [near, far]
                threading.Thread(target=self._pass, args=(near, far, False), daemon=True).start()
                threading.Thread(target=self._pass, args=(far, near, True), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(65536):
                if answers and self.deaf:
                    break
                sink.sendall(block)
        _end(source)
        _end(sink)


def _end(link: socket.socket) -> None:
    with contextlib.suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)
    link.close()
