"""What the API says of agreement reports, settlings and raters."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ninja import Schema


class ReportOut(Schema):
    """A kept agreement report in short; `alpha` is null where undefined or given by part, and `reason` says why."""

    id: int
    scope_type: str
    scope: str
    scheme: str
    perspective: str
    kind: str
    items: int | None
    judgments: int | None
    raters: int | None
    models: int
    alpha: float | None
    low: float | None
    high: float | None
    reason: str
    measured_at: dt.datetime


class WholeReportOut(ReportOut):
    """A report with every figure as it is kept; a part that was refused says why under `refused`."""

    body: dict[str, Any]


class SettlingOut(Schema):
    """How a scope was settled: aggregations side by side, verdicts, what they think of raters."""

    id: int
    scope_type: str
    scope: str
    scheme: str
    perspective: str
    settled_at: dt.datetime
    body: dict[str, Any]


class RaterOut(Schema):
    """A rater: a person by pseudonym, a model, or a corpus's published label."""

    id: int
    kind: str
    pseudonym: str
    corpus: str | None
    language: str
    model: dict[str, Any]
    demo: bool
    created_at: dt.datetime


class WholeRaterOut(RaterOut):
    """A rater with what each kept report says of it."""

    reports: list[dict[str, Any]]


class ReportPage(Schema):
    """A page of agreement reports."""

    rows: list[ReportOut]
    next: int | None


class SettlingPage(Schema):
    """A page of settlings."""

    rows: list[SettlingOut]
    next: int | None


class RaterPage(Schema):
    """A page of raters."""

    rows: list[RaterOut]
    next: int | None
