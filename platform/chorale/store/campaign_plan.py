"""What a campaign's plan says beside items, form and overlap: who may come, in what order, how checked, how paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from harmonize.problems import ChoraleError

JOINING = ("named", "open")
ORDERS = ("given", "random")
PAY = ("", "item", "hour")


@dataclass(frozen=True)
class Plan:
    """The plan of a campaign. Shares are 0..1; 0 or empty means that there is none of it.

    ``joining``: named raters only, or any annotator. ``order``: of the collection, or another for each rater.
    ``quota`` and ``per_day``: items a rater, in all and a day. ``speaks``: only raters who say they read the campaign's
    language. ``pass_mark``, ``tries``, ``try_items``: the tutorial. ``gold_share``: of a rater's items, those whose
    answer is known; ``gold_feedback``: raters see how they did. ``repeat_share``: of the items, those that a rater
    meets again after ``repeat_gap`` others. ``tells_agreement``: raters read how far they agree with others.
    ``pay_per`` item or hour, ``pay`` of ``currency``. ``pause``: seconds after which an answer holds a break.
    ``ends_on``: the last day. ``hides_names``: adjudicators see letters for raters. ``half_width``: the interval of
    alpha that the monitor forecasts for.
    """

    joining: str = "named"
    order: str = "given"
    quota: int | None = None
    per_day: int | None = None
    speaks: bool = False
    pass_mark: float = 0.7
    tries: int = 2
    try_items: int = 5
    gold_share: float = 0.0
    gold_feedback: bool = False
    repeat_share: float = 0.0
    repeat_gap: int = 20
    tells_agreement: bool = True
    pay_per: str = ""
    pay: float = 0.0
    currency: str = "EUR"
    pause: float = 300.0
    ends_on: str = ""
    hides_names: bool = False
    half_width: float = 0.05

    def __post_init__(self) -> None:
        for name, low, high in LIMITS:
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                what = f"{name.replace('_', ' ')} is {value}; it must lie in {low} to {high}."
                raise ChoraleError("campaign-plan", what, "Mend the plan.")
        for name, known in (("joining", JOINING), ("order", ORDERS), ("pay_per", PAY)):
            if getattr(self, name) not in known:
                raise ChoraleError("campaign-plan", f"{name} {getattr(self, name)!r} is not known.", f"One of {known}.")
        try:
            self.last_day  # noqa: B018 - raises for a day that is none
        except ValueError:
            raise ChoraleError("campaign-plan", f"{self.ends_on!r} is no day.", "Write it as 2026-12-31.") from None

    @staticmethod
    def of(given: Mapping[str, Any] | None) -> Plan:
        """A plan as it is stored; a name that is not known raises `campaign-plan`."""
        known = {field.name for field in fields(Plan)}
        if strange := sorted(set(given or {}) - known):
            raise ChoraleError("campaign-plan", f"A plan has no {', '.join(strange)}.", f"Known: {sorted(known)}.")
        return Plan(**(given or {}))

    def to_dict(self) -> dict[str, Any]:
        """What differs from an empty plan, as it is stored."""
        plain = asdict(Plan())
        return {name: value for name, value in asdict(self).items() if value != plain[name]}

    @property
    def last_day(self) -> dt.date | None:
        """The last day on which items are given out."""
        return dt.date.fromisoformat(self.ends_on) if self.ends_on else None


LIMITS: tuple[tuple[str, float, float], ...] = (
    ("quota", 1, 1_000_000),
    ("per_day", 1, 10_000),
    ("pass_mark", 0, 1),
    ("tries", 1, 10),
    ("try_items", 1, 100),
    ("gold_share", 0, 0.5),
    ("repeat_share", 0, 0.5),
    ("repeat_gap", 1, 1000),
    ("pay", 0, 10_000),
    ("pause", 10, 86_400),
    ("half_width", 0.001, 1),
)
