"""What embedded services tell the others: addresses in ``var/run/services.json``, secrets in ``var/secrets``."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets as randomness
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
Entries = dict[str, str]


def var_folder() -> Path:
    """``$CHORALE_VAR``, else ``var/`` in the repository: all that a running Chorale writes."""
    return Path(os.environ.get("CHORALE_VAR") or ROOT / "var").absolute()


def services_file() -> Path:
    return var_folder() / "run" / "services.json"


def read() -> Entries:
    """Addresses of the embedded services under the names of the settings they stand in for; empty if none was started.

    For example ``{"DATABASE_URL": ..., "CELERY_BROKER_URL": ..., "LABEL_STUDIO_URL": ..., "LABEL_STUDIO_TOKEN": ...}``.
    """
    try:
        return dict(json.loads(services_file().read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


def publish(entries: Entries) -> None:
    """Add or replace addresses. Readers see the old file or the new one, never a part of it."""
    _change(lambda known: known | entries)


def withdraw(*names: str) -> None:
    """Take addresses out, as their services stop."""
    _change(lambda known: {name: value for name, value in known.items() if name not in names})


def secret(name: str, make: Callable[[], str] = lambda: randomness.token_urlsafe(32)) -> str:
    """The secret called ``name``, made once and kept in ``var/secrets`` (mode 0600)."""
    path = private_folder(var_folder() / "secrets") / name
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(make(), encoding="utf-8")
        with contextlib.suppress(FileExistsError):  # the first of several starting processes wins
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="utf-8").strip()


def private_folder(path: Path) -> Path:
    """``path``, made if missing, open to its owner alone."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """One process at a time inside, over all that share this ``var/``."""
    with (private_folder(var_folder() / "run") / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write_private(path: Path, text: str) -> None:
    """Replace ``path`` by ``text`` in one move, readable by its owner alone."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _change(edit: Callable[[Entries], Entries]) -> None:
    with locked("services"):
        write_private(services_file(), json.dumps(edit(read()), indent=2, sort_keys=True) + "\n")
