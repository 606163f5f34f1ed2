"""The one list: filter, search, sort, keyset paging, the same rows as `.json` and `.csv`; all state in the URL."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, QueryDict

from chorale.web import words
from harmonize.problems import ChoraleError

_DAMAGED = ChoraleError("bad-place", "The page marker in the address is damaged.", "Start from the first page.")
PAGE = 50
MOST = 200
Cell = Any


@dataclass(frozen=True)
class Column:
    """One column: ``value`` is an attribute path or a function of the row; ``sort`` a field that is never null.

    ``kind``: text, code, count, size, share, when, state, link, progress, soft, feelings, wide. It decides the look
    in the page alone; JSON and CSV carry the plain value.
    """

    name: str
    title: str
    value: str | Callable[[Any], Any] = ""
    kind: str = "text"
    sort: str = ""
    under: Callable[[Any], Any] | None = None
    picture: Callable[[Any], str | None] | None = None
    tones: Mapping[str, str] | None = None

    def read(self, row: Model) -> Any:
        """The plain value of a row."""
        if callable(self.value):
            return self.value(row)
        at: Any = row
        for step in (self.value or self.name).split("."):
            at = getattr(at, step, None)
        return at

    @property
    def right(self) -> bool:
        """Numbers stand on the right."""
        return self.kind in ("count", "size", "share", "figure")


@dataclass(frozen=True)
class Filter:
    """One filter: its parameter, its choices, and how it narrows (a field, or a function of rows and value)."""

    name: str
    title: str
    choices: Sequence[tuple[str, str]] | Callable[[], Sequence[tuple[str, str]]]
    field: str | Callable[[QuerySet[Any], str], QuerySet[Any]] = ""

    def options(self) -> list[tuple[str, str]]:
        """(value, title) of each choice."""
        return list(self.choices() if callable(self.choices) else self.choices)

    def narrow(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The rows that pass."""
        if callable(self.field):
            return self.field(rows, value)
        return rows.filter(**{self.field or self.name: value})


def plain(choices: Sequence[str]) -> list[tuple[str, str]]:
    """Choices whose title is their value."""
    return [(c, c) for c in choices]


class Listing:
    """A list of one kind of row. Subclasses say what; `respond` in `listing_views` says how."""

    title: ClassVar[str]
    word: ClassVar[str] = ""
    lead: ClassVar[str] = ""
    columns: ClassVar[Sequence[Column]]
    filters: ClassVar[Sequence[Filter]] = ()
    search: ClassVar[Sequence[str]] = ()
    order: ClassVar[str] = "-id"
    empty_title: ClassVar[str] = "Nothing here yet"
    empty_text: ClassVar[str] = ""
    template: ClassVar[str] = "chorale/list.html"

    def __init__(self, request: HttpRequest, **scope: Any) -> None:
        self.request, self.scope = request, scope

    def rows(self) -> QuerySet[Any]:
        """Every row this person may see here, through `store.access`."""
        raise NotImplementedError

    def prepare(self, rows: list[Any]) -> None:
        """Read what the cells of one page need, in few queries."""

    def href(self, row: Any) -> str:
        """The row's own page, or nothing."""
        return ""

    def more(self) -> dict[str, Any]:
        """Further context of the page: crumbs, actions, what to do when it is empty."""
        return {}

    @property
    def state(self) -> QueryDict:
        """Filters, sort and place, as the URL says."""
        return self.request.GET

    @property
    def sort(self) -> str:
        """The field sorted by, with "-" for downward; only columns that offer it."""
        wanted = self.state.get("sort", "")
        allowed = {c.sort for c in self.columns if c.sort} | {self.order.lstrip("-")}
        return wanted if wanted.lstrip("-") in allowed else self.order

    def narrowed(self) -> QuerySet[Any]:
        """The rows under the filters and the search of the URL, in order."""
        rows = self.rows()
        for narrowing in self.filters:
            if value := self.state.get(narrowing.name, "").replace("\x00", ""):
                try:
                    rows = narrowing.narrow(rows, value)
                except (ValueError, ValidationError):
                    rows = rows.none()
        if words_sought := self.state.get("q", "").replace("\x00", "").strip():
            hits = Q()
            for name in self.search:
                hits |= Q(**{f"{name}__icontains": words_sought})
            rows = rows.filter(hits)
        down = "-" if self.sort.startswith("-") else ""
        return rows.order_by(self.sort, f"{down}pk")

    def page(self) -> Page:
        """One page by keyset: rows after (or before) the place that the URL names."""
        rows, size = self.narrowed(), self._size()
        backwards = "before" in self.state
        token = self.state.get("before") or self.state.get("after")
        if token:
            try:
                rows = rows.filter(self._beyond(_opened(token), backwards=backwards))
            except (ValueError, ValidationError) as error:
                raise _DAMAGED from error
        if backwards:
            rows = rows.reverse()
        found = list(rows[: size + 1])
        extra, found = len(found) > size, found[:size]
        if backwards:
            found.reverse()
        self.prepare(found)
        more_after, more_before = (bool(found), extra) if backwards else (extra, bool(token))
        return Page(
            rows=found,
            after=self._place(found[-1]) if found and more_after else "",
            before=self._place(found[0]) if found and more_before else "",
        )

    def _size(self) -> int:
        wanted = self.state.get("size", "")
        return min(max(int(wanted), 1), MOST) if wanted.isdigit() and len(wanted) < 6 else PAGE

    def _place(self, row: Any) -> str:
        value: Any = row
        for step in self.sort.lstrip("-").split("__"):
            value = getattr(value, step)
        return _sealed([_jsonable(value), _jsonable(row.pk)])

    def _beyond(self, place: list[Any], *, backwards: bool) -> Q:
        field = self.sort.lstrip("-")
        down = self.sort.startswith("-") != backwards
        side = "lt" if down else "gt"
        value, pk = place
        return Q(**{f"{field}__{side}": value}) | Q(**{field: value, f"pk__{side}": pk})

    def all_rows(self) -> Iterator[Any]:
        """Every narrowed row, in batches, for CSV."""
        batch: list[Any] = []
        for row in self.narrowed().iterator(chunk_size=500):
            batch.append(row)
            if len(batch) == 500:
                self.prepare(batch)
                yield from batch
                batch = []
        self.prepare(batch)
        yield from batch

    def plain_row(self, row: Any) -> dict[str, Any]:
        """A row as JSON values."""
        read = {c.name: _jsonable(c.read(row)) for c in self.columns}
        href = self.href(row)
        return read | ({"href": self.request.build_absolute_uri(href)} if href else {})


@dataclass(frozen=True)
class Page:
    """Rows of one page and the places after and before it; an empty place means there is nothing there."""

    rows: list[Any]
    after: str
    before: str


def _sealed(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _opened(token: str) -> list[Any]:
    try:
        place = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError):
        place = None
    if not isinstance(place, list) or len(place) != 2 or not all(isinstance(p, str | int | float) for p in place):
        raise ChoraleError(
            "bad-place", "The page marker in the address is damaged.", "Start again from the first page."
        )
    return place


def _jsonable(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, Mapping | list | tuple):
        return json.loads(json.dumps(value, default=_jsonable))
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return getattr(value, "plain", None) or str(value)


def shown(column: Column, row: Any) -> str:
    """The text of a simple cell."""
    value = column.read(row)
    if value is None or value == "":
        return words.DASH
    if column.kind == "count":
        return words.count(value)
    if column.kind == "size":
        return words.size(value)
    if column.kind == "share":
        return words.percent(value)
    if column.kind == "figure":
        return words.figure(value)
    return str(value)
