"""What was made of judgments that were erased since: its page says so, and an erasure's page leads to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from chorale.store import erasure_traces
from chorale.store.models import Calibration, ErasureTrace, Prompt, Rater

WORDS = {
    "bake-off": "Bake-off",
    "calibration": "Calibration map",
    "collection": "Collection",
    "crosswalk": "Crosswalk",
    "gaussians": "Gaussians",
    "model": "Model rater",
    "prompt": "Prompt",
}
AGAIN = {
    "bake-off": "Compare again.",
    "calibration": "Fit it again.",
    "collection": "Draw it again, if its figures matter.",
    "crosswalk": "Learn or measure it again.",
    "gaussians": "Fit them again.",
    "model": "Train it again.",
    "prompt": "Draw other examples.",
}


@dataclass(frozen=True)
class Notice:
    """What the page of a thing says: since when, what went, what of it is concerned, and what to do."""

    since: str
    what: str
    why: str
    again: str


@dataclass(frozen=True)
class Drawn:
    """A thing that drew on what an erasure took: its kind in words, its name, its page, and what of it."""

    kind: str
    name: str
    href: str
    why: str
    again: str


def notices(kind: str, key: object) -> list[Notice]:
    """One notice an erasure, the newest first."""
    told: dict[int, Notice] = {}
    for trace in erasure_traces.of(kind, key):
        before = told.get(trace.erasure_id)
        what = "An item" if trace.erasure.kind == "item" else "A rater"
        why = f"{before.why}, {trace.why}" if before else trace.why
        told[trace.erasure_id] = Notice(f"{trace.created_at:%Y-%m-%d}", what, why, AGAIN[kind])
    return list(told.values())


def drawn(traces: Iterable[ErasureTrace]) -> list[Drawn]:
    """Each thing once, by kind and name."""
    found: dict[tuple[str, str], list[str]] = {}
    for trace in sorted(traces, key=lambda trace: (trace.kind, trace.key, trace.pk)):
        found.setdefault((trace.kind, trace.key), []).append(trace.why)
    return [
        Drawn(WORDS[kind], key, _page(kind, key), ", ".join(dict.fromkeys(whys)), AGAIN[kind])
        for (kind, key), whys in found.items()
    ]


def _page(kind: str, key: str) -> str:
    """Where it stands; nothing for what is gone by now."""
    rows = {
        "calibration": ("calibration", Calibration.objects.filter(ref=key)),
        "model": ("rater", Rater.objects.filter(pseudonym=key)),
        "prompt": ("prompt", Prompt.objects.filter(ref=key)),
    }
    if kind in rows:
        name, found = rows[kind]
        row = found.first()
        return reverse(name, args=[row.pk]) if row else ""
    return reverse({"gaussians": "gaussians-one"}.get(kind, kind), args=[key])
