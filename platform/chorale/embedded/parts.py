"""The three embedded services by name: start them in the order of their needs, publish their addresses, stop them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from chorale.embedded import state
from chorale.embedded.label_studio import LabelStudio
from chorale.embedded.postgres import Postgres
from chorale.embedded.valkey import Valkey


class Service(Protocol):
    """What an embedded service can do. `start` waits until it answers and does nothing if it runs."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def alive(self) -> bool: ...


SERVICES: dict[str, Callable[[], Service]] = {"postgres": Postgres, "valkey": Valkey, "label-studio": LabelStudio}
# The settings each stands in for: an environment variable of that name means an external server, and none is started.
SETTINGS = {
    "postgres": ("DATABASE_URL",),
    "valkey": ("CELERY_BROKER_URL",),
    "label-studio": ("LABEL_STUDIO_URL", "LABEL_STUDIO_TOKEN"),
}


def start(names: Iterable[str]) -> None:
    """Start the services named, and publish where they are as each begins to answer."""
    for name in (known for known in SERVICES if known in set(names)):
        SERVICES[name]().start()
        state.publish(addresses(name))


def stop(names: Iterable[str]) -> None:
    """Stop the services named, the last started first."""
    for name in (known for known in reversed(SERVICES) if known in set(names)):
        state.withdraw(*SETTINGS[name])
        SERVICES[name]().stop()


def addresses(name: str) -> state.Entries:
    """The settings that lead to a running service."""
    if name == "postgres":
        return {"DATABASE_URL": Postgres().database("chorale")}
    if name == "valkey":
        return {"CELERY_BROKER_URL": Valkey().url()}
    return {"LABEL_STUDIO_URL": LabelStudio().url, "LABEL_STUDIO_TOKEN": LabelStudio().token}
