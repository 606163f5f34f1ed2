"""What the API says of rulings and of the queue of an adjudicator."""

from __future__ import annotations

import uuid
from typing import Annotated

from ninja import Schema
from pydantic import StringConstraints

from chorale.api.schemas import RulingOut


class RulingIn(Schema):
    """A ruling on an item: ``labels`` (ids; empty for no label) or ``values`` by dimension, and why."""

    scheme: str
    perspective: str
    labels: list[str] | None = None
    values: dict[str, float] | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class TakeBackIn(Schema):
    """Why a ruling is taken back."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


class RulingPage(Schema):
    """A page of rulings."""

    rows: list[RulingOut]
    next: int | None


class WaitingOut(Schema):
    """An item that waits for a ruling: ``hardness`` is the entropy of its votes, or the widest spread."""

    item: uuid.UUID
    key: int
    hardness: float
    n: int | None
    verdict: str | None


class QueueOut(Schema):
    """The hardest items that wait; go on with ``after`` = the last ``key``."""

    rows: list[WaitingOut]
