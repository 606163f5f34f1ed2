"""Form files: the shipped ones under ``harmonize/data/forms``, and one's own."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

from harmonize.problems import ChoraleError
from harmonize.schemes.files import load, version_key
from harmonize.schemes.form import Form, form_from_dict
from harmonize.schemes.scheme import Scheme

FOLDER = Path(str(files("harmonize") / "data" / "forms"))


def read_form(path: Path, find: Callable[[str], Scheme] = load) -> Form:
    """The form of a TOML file, checked. Raises `ChoraleError("form-definition")` naming the file and its faults."""
    try:
        return form_from_dict(tomllib.loads(path.read_text(encoding="utf-8")), find)
    except tomllib.TOMLDecodeError as error:
        raise ChoraleError("form-definition", f"{path.name} is no TOML file: {error}.", "Mend that line.") from None
    except ChoraleError as error:
        raise ChoraleError("form-definition", f"{path.name}: {error.message}", error.fix) from None


@cache
def shipped_forms() -> tuple[Form, ...]:
    """Every form under ``harmonize/data/forms``, by id and version."""
    found = [read_form(path) for path in sorted(FOLDER.glob("*.toml"))]
    return tuple(sorted(found, key=lambda form: (form.id, version_key(form.version))))


def load_form(ref: str) -> Form:
    """A shipped form by "id@version", or its newest version by "id". Raises `ChoraleError("form-unknown")`."""
    name, _, version = ref.partition("@")
    matching = [form for form in shipped_forms() if form.id == name and version in ("", form.version)]
    if not matching:
        known = ", ".join(form.ref for form in shipped_forms())
        raise ChoraleError("form-unknown", f"There is no form {ref!r}.", f"Shipped: {known}.")
    return max(matching, key=lambda form: version_key(form.version))
