"""The kinds of job there are, by the names of their files in `chorale.jobs.kinds`.

Kinds bring heavy libraries along, so that a process imports a kind when it is first asked for; a worker imports all.
They are found by name, as each of them imports the engine.
"""

from importlib import import_module
from pkgutil import iter_modules

KINDS = "chorale.jobs.kinds"


def names() -> list[str]:
    """Every kind, in the order of the alphabet; none of them is imported."""
    return sorted(module.name for module in iter_modules(import_module(KINDS).__path__))


def load(name: str) -> None:
    """Import one kind, so that this process knows its steps; a name that is no kind is left alone."""
    if name in names():
        import_module(f"{KINDS}.{name}")


def load_all() -> None:
    """Import every kind."""
    for name in names():
        load(name)
