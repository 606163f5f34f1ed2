"""Label Studio in an environment, a database and a process of its own, bound to 127.0.0.1, telemetry off.

Raters never reach it directly: `chorale.proxy` stands in front. Its SSRF protection is off only because the webhook and
the media it is told of live on loopback here, and nobody but Chorale's admin can set their addresses.
"""

from __future__ import annotations

import os
import secrets
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from chorale.embedded import ports, state
from chorale.embedded.postgres import Postgres
from chorale.embedded.process import Daemon
from harmonize.problems import ChoraleError

ADMIN = "admin@chorale.invalid"
DATABASE = "label_studio"
START_SECONDS = 600  # far more than it takes: a process that ends is seen at once
INIT_SECONDS = 900

SWITCHES = {
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
    "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
    "LABEL_STUDIO_SSRF_PROTECTION_ENABLED": "false",
    "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
    "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
    "LABEL_STUDIO_SENTRY_DSN": "",
    "LABEL_STUDIO_FRONTEND_SENTRY_DSN": "",
    "LABEL_STUDIO_LOG_LEVEL": "INFO",
    "LABEL_STUDIO_DEBUG": "false",
    "LABEL_STUDIO_HOST": "",
    "DJANGO_DB": "default",
    "DJANGO_SETTINGS_MODULE": "label_studio.core.settings.label_studio",
}


@dataclass(frozen=True)
class LabelStudio:
    """One server on ``database_url``, or on a database of its own in the embedded PostgreSQL."""

    database_url: str = ""
    workers: int = 2
    threads: int = 4
    name: str = "label-studio"
    daemon: Daemon = field(default_factory=lambda: Daemon("label-studio"))

    @property
    def folder(self) -> Path:
        return state.private_folder(state.var_folder() / "label-studio")

    def start(self) -> None:
        """Bring it up and wait until it answers (the first time up to a minute, for its migrations)."""
        with state.locked("label-studio"):
            if self.alive():
                return
            self.daemon.stop()
            database = self.database_url or _embedded_database()
            environment = self._environment(database)
            self._migrate(environment, database)
            port = ports.claim("label-studio")
            state.write_private(self.folder / "port", str(port))
            command: list[str | Path] = [
                program("gunicorn"), "--bind", f"127.0.0.1:{port}", "--workers", str(self.workers),
                "--threads", str(self.threads), "--timeout", "600", "--pid", self.folder / "gunicorn.pid",
                "--no-control-socket",
                "label_studio.core.wsgi:application",
            ]  # fmt: skip
            self.daemon.start(command, environment=environment, folder=self.folder)
            self.daemon.wait_ready(self.alive, seconds=START_SECONDS)

    def stop(self) -> None:
        self._init.stop(seconds=1)
        self.daemon.stop()

    @property
    def _init(self) -> Daemon:
        """The process that prepares the database; it is stopped with the server, so that none is left behind."""
        return Daemon("label-studio-init")

    def alive(self) -> bool:
        """Whether *our* server answers: it runs, and it knows our token."""
        if self.daemon.find() is None:
            return False
        request = urllib.request.Request(f"{self.url}/api/current-user/whoami")  # noqa: S310 - http on loopback
        request.add_header("Authorization", f"Token {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError, ValueError):
            time.sleep(0.2)
            return False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{(self.folder / 'port').read_text().strip()}"

    @property
    def token(self) -> str:
        """The admin's API token, made once."""
        return state.secret("label-studio-token", lambda: secrets.token_hex(20))

    def _environment(self, database: str) -> dict[str, str]:
        """Everything it is told. Not our own environment: it reads bare names such as HOST, CI or DEBUG as settings."""
        home = state.private_folder(self.folder / "home")
        parts = urlsplit(database)
        kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ", "TMPDIR") if name in os.environ}
        return kept | SWITCHES | {
            "HOME": str(home),
            "PATH": f"{environment_folder() / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": str(_package_folder()),  # it imports its own parts by their bare names
            "LABEL_STUDIO_BASE_DATA_DIR": str(state.private_folder(self.folder / "data")),
            "LABEL_STUDIO_USERNAME": ADMIN,
            "LABEL_STUDIO_PASSWORD": state.secret("label-studio-password"),
            "LABEL_STUDIO_USER_TOKEN": self.token,
            "POSTGRE_NAME": parts.path.lstrip("/"),
            "POSTGRE_USER": unquote(parts.username or "postgres"),
            "POSTGRE_PASSWORD": unquote(parts.password or ""),
            "POSTGRE_HOST": parts.hostname or "127.0.0.1",
            "POSTGRE_PORT": str(parts.port or 5432),
        }  # fmt: skip

    def _migrate(self, environment: dict[str, str], database: str) -> None:
        """`label-studio init` (migrations, first admin, token), once a version and database."""
        stamp, mark = self.folder / "initialised", f"{_package_version()} {urlsplit(database).path}"
        if stamp.exists() and stamp.read_text() == mark and self._knows_admin(database):
            return
        init = self._init
        init.start([program("label-studio"), "init"], environment=environment, folder=self.folder)
        deadline = time.monotonic() + INIT_SECONDS
        while init.find() is not None and time.monotonic() < deadline:
            time.sleep(0.2)
        init.stop()
        if not self._knows_admin(database):
            message = f"Label Studio could not prepare its database:\n{init.tail()}"
            raise ChoraleError("label-studio-init", message, f"See {init.log}.")
        stamp.write_text(mark)

    def _knows_admin(self, database: str) -> bool:
        """Whether `init` came to its end there: the admin's token is the last that it writes."""
        import psycopg

        with psycopg.connect(database) as connection:
            if connection.execute("SELECT to_regclass('public.authtoken_token')").fetchone() == (None,):
                return False
            found = connection.execute("SELECT 1 FROM authtoken_token WHERE key = %s", [self.token]).fetchone()
        return found is not None


def environment_folder() -> Path:
    """``$CHORALE_LABEL_STUDIO_ENV``, else ``.venv-label-studio`` in the repository."""
    return Path(os.environ.get("CHORALE_LABEL_STUDIO_ENV") or state.ROOT / ".venv-label-studio").absolute()


def installed() -> bool:
    return (environment_folder() / "bin" / "label-studio").exists()


def program(name: str) -> Path:
    """A program of Label Studio's environment. Raises `ChoraleError` when that was not made."""
    if not installed():
        raise ChoraleError(
            "label-studio-missing",
            f"Label Studio is not installed in {environment_folder()}.",
            "Run `make setup`, or name a server of your own in LABEL_STUDIO_URL and LABEL_STUDIO_TOKEN.",
        )
    return environment_folder() / "bin" / name


def _package_folder() -> Path:
    return next(environment_folder().glob("lib/python3.*/site-packages/label_studio"))


def _package_version() -> str:
    return next(_package_folder().parent.glob("label_studio-*.dist-info")).name


def _embedded_database() -> str:
    """A database of its own under a role that owns nothing else, in the embedded PostgreSQL (started if need be)."""
    import psycopg
    from psycopg import sql

    postgres, password = Postgres(), state.secret("label-studio-database")
    postgres.start()
    postgres.role(DATABASE, password)
    with psycopg.connect(postgres.database(DATABASE), autocommit=True) as connection:
        statement = sql.SQL("ALTER DATABASE {0} OWNER TO {0}").format(sql.Identifier(DATABASE))
        connection.execute(statement)
    return postgres.url(DATABASE, role=DATABASE, password=password)
