"""The kinds of job, one file each, named as the kind: it calls `engine.register` when it is imported.

A kind's file says how the work is cut and what one step does; what a step does to rows stands in `chorale.store`.
Kinds bring heavy libraries along, so that a process imports a kind when it is first asked for; a worker imports all.
"""

from importlib import import_module
from pkgutil import iter_modules


def names() -> list[str]:
    """Every kind there is, in the order of the alphabet; nothing is imported."""
    return sorted(module.name for module in iter_modules(__path__))


def load(name: str) -> None:
    """Import one kind, so that this process knows its steps; a name that is no kind is left alone."""
    if name in names():
        import_module(f"{__name__}.{name}")


def load_all() -> None:
    """Import every kind."""
    for name in names():
        load(name)
