"""The kinds of job, one file each: every module here calls `engine.register` when it is imported.

A kind's file says how the work is cut and what one step does; what a step does to rows stands in `chorale.store`.
"""

from importlib import import_module
from pkgutil import iter_modules


def load() -> None:
    """Import every kind, so that this process knows each step by name."""
    for module in iter_modules(__path__, f"{__name__}."):
        import_module(module.name)
