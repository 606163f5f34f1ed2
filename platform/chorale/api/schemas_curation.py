"""What the API says of corpora's contents, of quarantine and of collections."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from ninja import Schema
from pydantic import StringConstraints


class ProfileOut(Schema):
    """What a corpus is made of; `body` as docs/methods-corpora.md explains it, empty until it is counted."""

    corpus: str
    items: int
    stale: bool
    made_at: dt.datetime | None
    body: dict[str, Any]


class QuarantineOut(Schema):
    """A row that could not come in, with what is wrong and how to mend it."""

    pk: int
    file: str | None
    line: int | None
    raw: str
    code: str
    where: str
    what: str
    fix: str
    state: str


class QuarantinePage(Schema):
    """A page of rows in quarantine."""

    rows: list[QuarantineOut]
    next: int | None


class MendIn(Schema):
    """The row as it should be; null reads it again as it stands."""

    raw: str | None = None


class MendedOut(Schema):
    """What became of a mended row: source rows that came in, and such as say only what was known."""

    imported: int
    duplicates: int


class DropIn(Schema):
    """Why a row is not wanted."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class SampleIn(Schema):
    """A filter over items, how many, and how the sample is stratified."""

    filter: dict[str, Any] = {}
    size: int | None = None
    seed: int = 0
    plan: dict[str, Any] | None = None


class CollectionIn(SampleIn):
    """A collection to draw."""

    slug: Annotated[str, StringConstraints(pattern=r"^[-a-zA-Z0-9_]{1,80}$")]
    title: str


class DrawOut(Schema):
    """What a draw gives; `effective_size` is Kish's."""

    matched: int
    drawn: int
    effective_size: float
    strata: list[dict[str, Any]]


class CollectionOut(Schema):
    """A collection with its report."""

    slug: str
    title: str
    filter: dict[str, Any]
    plan: dict[str, Any]
    size: int | None
    seed: int
    matched: int
    items: int
    report: dict[str, Any]
    created_at: dt.datetime


class CollectionPage(Schema):
    """A page of collections."""

    rows: list[CollectionOut]
    next: int | None
