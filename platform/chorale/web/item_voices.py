"""The soft labels of an item side by side: one group a scheme and perspective, one column an aggregation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef, QuerySet

from chorale.store.models import Aggregate, Corpus, Item, Ruling
from chorale.web import palette, ruling_forms, words
from chorale.web.parts import soft_views
from chorale.web.softlabels import SoftLabelView
from harmonize.schemes import Scheme

LEAST = 0.005  # what two digits show as nothing
ABOUT = {
    "votes": "share of raters",
    "mean": "mean over raters",
    "median": "median over raters",
    "dirichlet": "votes pulled towards the corpus, with bounds",
    "plurality": "most votes, ties undecided",
    "majority": "more than half of the raters",
    "threshold": "at least two raters",
    "union": "any rater",
    "intersection": "every rater",
    "all-inclusive": "share of all marks",
    "dawid-skene": "one latent truth, a confusion a rater",
    "mace": "each rater knows or guesses",
    "glad": "ability of raters, ease of items",
    "z-scored": "standardised per rater",
    "evaluator-weighted": "raters weighed by agreement",
    "brighter-rule": "two raters or more, mean above one half",
    "emobank-rule": "all-lowest ratings dropped, two decimals",
    "emotionlines-rule": "most votes, unless three labels were given",
    "published": "as the source publishes it",
    "ruled": "an adjudicator's ruling over the customary label",
}


@dataclass(frozen=True)
class Line:
    """One label under every aggregation of a group."""

    name: str
    family: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Everything settled about an item under one scheme from one perspective, of all voices or in one ``scope``.

    The ruling that stands and those before it are told once, in the layer's first group.
    """

    scheme: str
    perspective: str
    views: tuple[SoftLabelView, ...]
    lines: tuple[Line, ...]
    rest: int
    scope: tuple[str, str] = ("", "")
    ruling: Ruling | None = None
    earlier: tuple[Ruling, ...] = ()
    asked: ruling_forms.Asked | None = None
    verdict: str = ""
    evidence: str = ""

    @property
    def tone(self) -> str:
        """The badge's tone of the verdict."""
        return {"people split": "warn", "one opinion": "good"}.get(self.verdict, "")

    @property
    def heads(self) -> list[tuple[str, str, str]]:
        """(aggregation, what it is, semantics) of each column."""
        return [(v.method, about(v.method), v.semantics) for v in self.views]

    def of(self, scheme: str, perspective: str) -> bool:
        """Whether this is of that layer."""
        return (self.scheme, self.perspective) == (scheme, perspective)


def judged(items: QuerySet[Item], verdict: str) -> QuerySet[Item]:
    """The items that have this verdict under any scheme: that of every voice, of a campaign's only where none is."""
    told = Aggregate.objects.filter(item=OuterRef("pk"), verdict__isnull=False)
    every = told.filter(campaign=None, collection=None)
    return items.filter(Exists(every.filter(verdict=verdict)) | (~Exists(every) & Exists(told.filter(verdict=verdict))))


def about(method: str) -> str:
    """What an aggregation is, in a few words; empty for one that its name explains."""
    return ABOUT.get(method, "")


def of_item(item: Item) -> list[Group]:
    """Native soft labels of an item by scheme, perspective and scope, with the rulings on it."""
    rows = Aggregate.objects.filter(item=item, crosswalk=None).exclude(method__startswith="points")
    rows = rows.select_related("scheme", "campaign", "collection").order_by("scheme__ref", "pk")
    rulings = Ruling.objects.filter(item=item).select_related("scheme", "decided_by", "retired_by").order_by("-pk")
    return groups(rows, rulings)


def groups(rows: Iterable[Aggregate], rulings: Iterable[Ruling] = ()) -> list[Group]:
    """Soft labels grouped by scheme, perspective and scope: votes first, then other views of them, beliefs last."""
    drawn = soft_views(list(rows))
    order = list(ABOUT)
    drawn.sort(
        key=lambda pair: (pair[1].belief, order.index(pair[0].method) if pair[0].method in ABOUT else len(order))
    )
    found: dict[tuple[str, str, tuple[str, str]], list[tuple[Aggregate, SoftLabelView]]] = {}
    for row, seen in drawn:
        found.setdefault((seen.scheme, row.perspective, _scope(seen)), []).append((row, seen))
    made: list[Group] = []
    decided = list(rulings)
    for (scheme, perspective, scope), pairs in sorted(found.items(), key=lambda one: one[0]):
        group = _group(scheme, perspective, scope, pairs)
        if not any(other.of(scheme, perspective) for other in made):
            group = _with_rulings(group, pairs[0][0].scheme.core, decided)
        made.append(group)
    return made


def _scope(seen: SoftLabelView) -> tuple[str, str]:
    kind, _, slug = seen.scope.partition(" ")
    return kind, slug


def _with_rulings(group: Group, core: Scheme, rulings: list[Ruling]) -> Group:
    mine = [r for r in rulings if group.of(r.scheme.ref, r.perspective)]
    standing = next((r for r in mine if r.retired_at is None), None)
    earlier = tuple(r for r in mine if r.retired_at is not None)
    return replace(group, ruling=standing, earlier=earlier, asked=ruling_forms.asked(core, group.perspective))


def _group(
    scheme: str, perspective: str, scope: tuple[str, str], pairs: list[tuple[Aggregate, SoftLabelView]]
) -> Group:
    core: Scheme = pairs[0][0].scheme.core
    names = [d.name for d in core.dimensions] or [label.name for label in core.labels]
    lines, rest = [], 0
    for i, name in enumerate(names):
        values = [row.values[i] for row, _ in pairs]
        if not core.dimensions and all(value is not None and value < LEAST for value in values):
            rest += 1
            continue
        lines.append(
            (max(value or 0.0 for value in values), i, Line(name, palette.family(core.names[i]), _said(values)))
        )
    if not core.dimensions:
        lines.sort(key=lambda line: (-line[0], line[1]))
    split = next((row for row, _ in pairs if row.verdict), None)
    views, shown = tuple(seen for _, seen in pairs), tuple(line for *_, line in lines)
    verdict, evidence = (split.verdict or "", _tested(split)) if split else ("", "")
    return Group(scheme, perspective, views, shown, rest, scope, verdict=verdict, evidence=evidence)


def _tested(row: Aggregate) -> str:
    """The test behind a verdict, in words."""
    found = row.evidence or {}
    if not found:
        return ""
    if found.get("p") is None:
        return f"not tested: fewer than {found.get('least', 8)} votes"
    about = f" on {found['about']}" if found.get("about") else ""
    return (
        f"p {words.figure(found['p'])}{about}, corrected over items {words.figure(found.get('adjusted'))}; "
        f"an even split would be seen with power {words.figure(found.get('power'), 2)}"
    )


def _said(values: list[float | None]) -> tuple[str, ...]:
    return tuple("masked or undecided" if value is None else words.figure(value, 2) for value in values)


def ruled(ruling: Ruling) -> str:
    """What an adjudicator decided, in words."""
    core: Scheme = ruling.scheme.core
    if ruling.values is not None:
        told = zip(core.dimensions, ruling.values, strict=False)
        return ", ".join(f"{d.name} {words.figure(v, 2)}" for d, v in told if v is not None)
    return ", ".join(core.labels[code].name for code in ruling.labels or []) or "no label"


def ruled_corpora() -> list[tuple[str, str]]:
    """The corpora with rulings."""
    return list(
        Corpus.objects.filter(item__ruling__isnull=False).distinct().order_by("slug").values_list("slug", "title")
    )
