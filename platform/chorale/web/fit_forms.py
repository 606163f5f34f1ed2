"""Forms that start learning a crosswalk, fitting Gaussians or placing labels: first the scope, then its layers."""

from __future__ import annotations

from typing import Any

from django import forms

from chorale.store.doubly_labelled import LayerKey, layers, scheme_row
from chorale.store.models import Campaign, Collection, Corpus, Crosswalk, Scheme
from chorale.store.scopes import find, layers_judged
from chorale.web.launch_forms import Ask
from harmonize.affect.norms import norms_of
from harmonize.records import Kind

CATEGORIES = (Kind.SINGLE, Kind.SET)
SCOPES = {"corpus": Corpus, "campaign": Campaign, "collection": Collection}


class Place(Ask):
    """Where the doubly labelled items are."""

    place = forms.ChoiceField(label="Where", help_text="A corpus, collection or campaign whose items carry the labels.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = []
        for kind, table in SCOPES.items():
            rows = table.objects.order_by("slug").values_list("slug", "title")
            groups.append((kind.capitalize(), [(f"{kind}:{slug}", title or slug) for slug, title in rows]))
        self.choose("place", [group for group in groups if group[1]])

    @property
    def scope(self) -> tuple[str, str]:
        """Type and slug of what was chosen."""
        kind, _, slug = self.cleaned_data["place"].partition(":")
        return kind, slug


class Layers(Ask):
    """Two layers of a scope; `params` gives the parameters of the job."""

    first, second = "source", "target"
    kinds: tuple[tuple[Kind, ...], tuple[Kind, ...]] = (CATEGORIES, CATEGORIES)
    seed = forms.IntegerField(label="Seed", initial=0, min_value=0, help_text="Draws the folds and the rater halves.")

    def __init__(self, scope: tuple[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope
        known = layers(find(*scope))
        for name, kinds in zip((self.first, self.second), self.kinds, strict=True):
            fitting = [key for key in known if scheme_row(key).kind in kinds]
            self.choose(name, [(str(key), key.words) for key in fitting])
        if self.possible:
            ours = [value for value, _ in self.fields[self.first].choices]  # type: ignore[attr-defined]
            others = [value for value, _ in self.fields[self.second].choices if value != ours[0]]  # type: ignore[attr-defined]
            self.initial.setdefault(self.second, others[0])

    @property
    def possible(self) -> bool:
        """Whether the scope has a layer for each side, and not one and the same alone."""
        sides = [{value for value, _ in self.fields[name].choices} for name in (self.first, self.second)]  # type: ignore[attr-defined]
        return all(sides) and len(sides[0] | sides[1]) > 1

    def params(self) -> dict[str, Any]:
        """The job's parameters."""
        kind, slug = self.scope
        return {"scope_type": kind, "scope": slug, **self.cleaned_data}


class LearnForm(Layers):
    """Between two schemes of labels."""

    source = forms.ChoiceField(label="From")
    target = forms.ChoiceField(label="To")
    against = forms.ChoiceField(
        label="Compare with", required=False, help_text="A published map between the same two schemes, if there is one."
    )

    field_order = ("source", "target", "against", "seed")

    def __init__(self, scope: tuple[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(scope, *args, **kwargs)
        refs = {LayerKey.parse(value).scheme for value, _ in self.fields["source"].choices}  # type: ignore[attr-defined]
        maps = Crosswalk.objects.filter(source__ref__in=refs, target__ref__in=refs, definition__kind="labels")
        self.choose("against", [("", "none"), *maps.order_by("ref").values_list("ref", "title")])
        if self.possible:
            ends = LayerKey.parse(self.fields["source"].choices[0][0]), LayerKey.parse(self.initial["target"])  # type: ignore[attr-defined]
            known = maps.filter(source__ref=ends[0].scheme, target__ref=ends[1].scheme).exclude(status="proposed")
            self.initial.setdefault("against", known.order_by("-status", "-ref").values_list("ref", flat=True).first())


class FitForm(Layers):
    """Between labels and numbers."""

    first, second = "categories", "values"
    kinds = (CATEGORIES, (Kind.DIMENSION,))
    categories = forms.ChoiceField(label="Categories")
    values = forms.ChoiceField(label="Values")
    reject = forms.FloatField(
        label="Prior of the reject class", initial=0.05, min_value=0, max_value=0.5,
        help_text="How probable it is beforehand that a point belongs to none of the categories.",
    )  # fmt: skip
    field_order = ("categories", "values", "reject", "seed")


class PointsForm(Ask):
    """Labels that word norms speak of, as they were given or after a map."""

    points = forms.ChoiceField(
        label="Labels and norms",
        widget=forms.RadioSelect,
        help_text="Norms state words for the labels of a few schemes; other labels are mapped to one of these first.",
    )

    def __init__(self, scope: tuple[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope
        judged = {scheme.pk: scheme for scheme, _ in layers_judged(find(*scope)) if scheme.kind in CATEGORIES}
        self.choose("points", [pair for scheme in judged.values() for pair in _placed(scheme)])
        if self.possible:
            self.initial.setdefault("points", self.fields["points"].choices[0][0])  # type: ignore[attr-defined]

    @property
    def possible(self) -> bool:
        """Whether norms speak of anything that people said here."""
        return bool(self.fields["points"].choices)  # type: ignore[attr-defined]

    def params(self) -> dict[str, Any]:
        """The job's parameters."""
        kind, slug = self.scope
        norms, scheme, via = self.cleaned_data["points"].split("|")
        wanted = {"norms": norms, "scheme": scheme} | ({"via": via} if via else {})
        return {"scope_type": kind, "scope": slug, "crosswalks": [], "points": [wanted]}


def _placed(scheme: Scheme) -> list[tuple[str, str]]:
    """The norms that speak of a scheme's labels, then those that speak of them after one map, the accepted first."""
    found = [(f"{norms.id}|{scheme.ref}|", f"{scheme.ref} by {norms.title}") for norms in norms_of(scheme.core)]
    maps = Crosswalk.objects.filter(source=scheme, definition__kind="labels").select_related("target")
    for row in maps.order_by("-status", "ref"):
        found += [
            (f"{norms.id}|{scheme.ref}|{row.ref}", f"{scheme.ref} to {row.target.ref} ({row.status}), by {norms.title}")
            for norms in norms_of(row.target.core)
        ]
    return found
