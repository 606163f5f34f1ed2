"""A listing as page, JSON and CSV, and its three addresses."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from chorale.web import words
from chorale.web.lists import Column, Listing, shown
from chorale.web.streams import batched, flowing


@dataclass(frozen=True)
class CellView:
    """A cell ready for the template."""

    column: Column
    value: Any
    text: str
    under: str
    href: str = ""
    picture: str | None = None

    @property
    def tone(self) -> str:
        """The badge's tone of a state."""
        return (self.column.tones or words.TONES).get(str(self.value), "")

    @property
    def bare(self) -> bool:
        """Nothing to show; a phone leaves the line out."""
        return self.value is None or self.value == ""


def routes(address: str, listing: type[Listing], name: str) -> list[URLPattern]:
    """``address/`` (the page), ``address.json`` and ``address.csv``."""

    def respond(request: HttpRequest, form: str = "html", **scope: Any) -> HttpResponseBase:
        found = listing(request, **scope)
        if form == "json":
            return _as_json(found)
        return _as_csv(found, name) if form == "csv" else _as_page(found)

    return [
        path(f"{address}/", respond, name=name),
        path(f"{address}.json", respond, {"form": "json"}, name=f"{name}-json"),
        path(f"{address}.csv", respond, {"form": "csv"}, name=f"{name}-csv"),
    ]


def _as_page(listing: Listing) -> HttpResponseBase:
    page = listing.page()
    table = [(listing.href(row), [_cell(listing, column, row) for column in listing.columns]) for row in page.rows]
    context = {
        "title": listing.title,
        "word": listing.word,
        "lead": listing.lead,
        "listing": listing,
        "table": table,
        "heads": [(c, _sort_link(listing, c), _direction(listing, c)) for c in listing.columns],
        "filters": [(f, f.options(), listing.state.get(f.name, "")) for f in listing.filters],
        "sought": listing.state.get("q", ""),
        "narrowed": any(listing.state.get(f.name) for f in listing.filters) or bool(listing.state.get("q")),
        "sort": listing.state.get("sort", ""),
        "after": _link(listing, after=page.after) if page.after else "",
        "before": _link(listing, before=page.before) if page.before else "",
        "json_href": _other(listing, ".json"),
        "csv_href": _other(listing, ".csv"),
        "empty_title": listing.empty_title,
        "empty_text": listing.empty_text,
    }
    return render(listing.request, listing.template, context | listing.more())


def _cell(listing: Listing, column: Column, row: Any) -> CellView:
    under = column.under(row) if column.under else ""
    href = listing.href(row) if column.kind == "link" else ""
    picture = column.picture(row) if column.picture else None
    return CellView(column, column.read(row), shown(column, row), under or "", href, picture)


def _as_json(listing: Listing) -> JsonResponse:
    page = listing.page()
    whole = listing.request.build_absolute_uri
    body = {
        "rows": [listing.plain_row(row) for row in page.rows],
        "next": whole(_link(listing, after=page.after)) if page.after else None,
        "previous": whole(_link(listing, before=page.before)) if page.before else None,
    }
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


class _Echo:
    """A file that hands every line straight on."""

    def write(self, line: str) -> str:
        return line


def _as_csv(listing: Listing, name: str) -> StreamingHttpResponse:
    writer = csv.writer(_Echo())
    columns = [c.name for c in listing.columns]
    listing.narrowed()  # refuses now, not in the middle of the stream

    def lines() -> Iterator[str]:
        yield writer.writerow(columns)
        for row in listing.all_rows():
            read = listing.plain_row(row)
            yield writer.writerow([_safe(read[c]) for c in columns])

    pieces = flowing(listing.request, batched(lines()))
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _safe(value: Any) -> Any:
    """A cell: what is a table itself as JSON; texts that a spreadsheet would run as a formula with a quote before."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _link(listing: Listing, **changes: str) -> str:
    state = listing.state.copy()
    for gone in ("after", "before"):
        state.pop(gone, None)
    for key, value in changes.items():
        state[key] = value
    return f"{listing.request.path}?{state.urlencode()}" if state else listing.request.path


def _other(listing: Listing, suffix: str) -> str:
    state = listing.state.urlencode()
    return listing.request.path.rstrip("/") + suffix + (f"?{state}" if state else "")


def _sort_link(listing: Listing, column: Column) -> str:
    if not column.sort:
        return ""
    up = listing.sort == f"-{column.sort}" or (listing.sort != column.sort and not column.right)
    return _link(listing, sort=column.sort if up else f"-{column.sort}")


def _direction(listing: Listing, column: Column) -> str:
    if not column.sort or listing.sort.lstrip("-") != column.sort:
        return ""
    return "descending" if listing.sort.startswith("-") else "ascending"
