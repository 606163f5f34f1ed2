"""Ports that do not clash: the one used last time if it is free, else the preferred one, else any free one."""

from __future__ import annotations

import json
import secrets
import socket
from pathlib import Path

from chorale.embedded import state

FIRST, LAST = 20_000, 32_000  # below those that systems lend to clients: one of these is not taken before it is bound


def claim(name: str, preferred: int = 0) -> int:
    """A free port on 127.0.0.1 for ``name``, remembered in ``var/ports.json`` so that addresses survive a restart."""
    with state.locked("ports"):
        state.private_folder(state.var_folder())
        known = _known()
        others = {port for other, port in known.items() if other != name}
        candidates = [port for port in (known.get(name, 0), preferred) if port and port not in others]
        known[name] = next((port for port in candidates if is_free(port)), 0) or _given(others)
        state.write_private(_file(), json.dumps(known, indent=2, sort_keys=True) + "\n")
        return known[name]


def remembered(name: str) -> int:
    """The port last claimed for ``name``, 0 if none ever was."""
    return _known().get(name, 0)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether a server takes connections at this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _file() -> Path:
    return state.var_folder() / "ports.json"


def _known() -> dict[str, int]:
    return dict(json.loads(_file().read_text())) if _file().exists() else {}


def _given(others: set[int]) -> int:
    while True:
        port = FIRST + secrets.randbelow(LAST - FIRST)
        if port not in others and is_free(port):
            return port
