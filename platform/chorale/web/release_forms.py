"""The forms of a recipe: first what it takes from, then what it makes of that; and the recipe's own text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from chorale.store.models import Campaign, Collection, Corpus, Rater
from chorale.store.release_offers import Offer
from exports.recipe_parts import BY, ITEMS_WITHOUT, JUDGMENTS_WITHOUT
from exports.recipe_reader import VIEWS
from exports.recipe_writer import written

Json = dict[str, Any]
CHECKS = forms.CheckboxSelectMultiple
GROUPS = [
    ("duplicate", "near duplicates"),
    ("group", "dialogues, stories, pairs"),
    ("author", "authors"),
    ("speaker", "speakers"),
    ("rater", "raters"),
]
RESERVED = [("mark", "keep them, marked; gold on no side"), ("exclude", "leave them out")]
BY_WORDS = {"hash": "a lottery", "language": "language", "corpus": "corpus", "time": "time"}
ACCESS_WORDS = {
    "registered": "registered: everybody with an account",
    "terms": "terms: whoever accepts the terms below",
    "public": "public: everybody",
}


class SourcesForm(forms.Form):
    """Corpora, collections, campaigns and model raters."""

    corpora = forms.ModelMultipleChoiceField(
        queryset=Corpus.objects.order_by("slug"), to_field_name="slug", required=False, widget=CHECKS
    )
    collections = forms.ModelMultipleChoiceField(
        queryset=Collection.objects.order_by("slug"), to_field_name="slug", required=False, widget=CHECKS,
        help_text="Their items alone; name no corpus beside them to have nothing else.",
    )  # fmt: skip
    campaigns = forms.ModelMultipleChoiceField(
        queryset=Campaign.objects.exclude(state="draft").order_by("slug"), to_field_name="slug", required=False,
        widget=CHECKS, help_text="Only judgments with consent to publication enter.",
    )  # fmt: skip
    models = forms.ModelMultipleChoiceField(
        queryset=Rater.objects.filter(kind="model").order_by("pseudonym"), to_field_name="pseudonym", required=False,
        widget=CHECKS, label="Model raters", help_text="Beside people's judgments, never mixed into them.",
    )  # fmt: skip

    def clean(self) -> Json:
        """A release of nothing is none."""
        data: Json = super().clean() or {}
        if not any(data.get(name) for name in ("corpora", "collections", "campaigns")):
            self.add_error("corpora", "Choose at least one corpus, collection or campaign.")
        return data


class RecipeForm(forms.Form):
    """What the release is called, its soft labels, who and what enters, and how it is dealt."""

    slug = forms.SlugField(label="Name", max_length=80, help_text="Small letters, digits, hyphens. Its address.")
    version = forms.CharField(label="Version", max_length=40, initial="0.1.0")
    title = forms.CharField(label="Title", max_length=200)
    changes = forms.CharField(label="What changed", max_length=500, initial="First version.")
    summary = forms.CharField(label="Summary", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    authors = forms.CharField(label="Authors", required=False, help_text="Names, with commas between.")
    licence = forms.CharField(
        label="Licence of the compilation", required=False, max_length=60,
        help_text="An SPDX id, as CC-BY-4.0. Empty: each corpus keeps its own, nothing is promised over them.",
    )  # fmt: skip
    layers = forms.MultipleChoiceField(label="Soft labels", widget=CHECKS)
    without_text = forms.MultipleChoiceField(
        label="Without texts and media", required=False, widget=CHECKS, help_text="Features and labels alone."
    )
    counts_only = forms.MultipleChoiceField(
        label="Counts in place of ratings", required=False, widget=CHECKS, help_text="No single rating is released."
    )
    languages = forms.CharField(required=False, help_text="Tags with commas between; empty: all.")
    min_raters = forms.IntegerField(label="Raters an item, at least", initial=0, min_value=0, required=False)
    max_entropy = forms.FloatField(label="Entropy in bits, at most", min_value=0, max_value=10, required=False)
    min_agreement = forms.FloatField(
        label="Share of agreeing pairs of raters, at least", min_value=0, max_value=1, required=False
    )
    licences = forms.MultipleChoiceField(
        label="Licences", required=False, widget=CHECKS, help_text="Corpora under others stay out; none chosen: all."
    )
    reserved = forms.ChoiceField(label="Reserved items", choices=RESERVED, initial="mark")
    fewest_judgments = forms.IntegerField(
        label="Leave out people with fewer judgments than", min_value=0, required=False
    )
    least_agreement = forms.FloatField(
        label="Leave out people whose agreement beyond chance is below", min_value=-1, max_value=1, required=False,
        help_text="With the others of the same items, at least 20 of them. The card shows alpha before and after.",
    )  # fmt: skip
    by = forms.ChoiceField(label="Splits by", choices=[(by, BY_WORDS[by]) for by in BY], initial="hash")
    test_values = forms.CharField(
        label="Held out for the test", required=False, help_text="Languages or corpora, with commas between."
    )
    time_facet = forms.CharField(label="Facet that holds the time", required=False)
    train = forms.FloatField(initial=0.8, min_value=0, max_value=1)
    dev = forms.FloatField(initial=0.1, min_value=0, max_value=1)
    test = forms.FloatField(initial=0.1, min_value=0, max_value=1)
    honour_source = forms.BooleanField(label="Honour published splits", initial=True, required=False)
    stratify = forms.ChoiceField(label="Share labels out evenly by", required=False)
    group = forms.MultipleChoiceField(
        label="Keep whole", choices=GROUPS, initial=["duplicate", "group"], required=False, widget=CHECKS
    )
    subsets = forms.MultipleChoiceField(label="Named subsets", required=False, widget=CHECKS)
    views = forms.MultipleChoiceField(
        choices=[(view, view) for view in VIEWS],
        required=False,
        widget=CHECKS,
        help_text="Each for every layer it suits.",
    )
    items_without = forms.MultipleChoiceField(
        label="Columns that items go without", choices=[(n, n) for n in ITEMS_WITHOUT], required=False, widget=CHECKS
    )
    judgments_without = forms.MultipleChoiceField(
        label="Columns that judgments go without", choices=[(n, n) for n in JUDGMENTS_WITHOUT], required=False,
        widget=CHECKS,
    )  # fmt: skip
    alpha_target = forms.FloatField(label="Warn where alpha is below", min_value=-1, max_value=1, required=False)
    max_model_share = forms.FloatField(
        label="Warn where models' share is above", min_value=0, max_value=1, required=False
    )

    PARTS = (
        ("Release", ("slug", "version", "title", "changes", "summary", "authors", "licence")),
        ("Soft labels", ("layers",)),
        ("What enters", ("languages", "licences", "min_raters", "max_entropy", "min_agreement", "reserved",
                         "without_text", "counts_only")),
        ("People left out", ("fewest_judgments", "least_agreement")),
        ("Splits", ("by", "test_values", "time_facet", "train", "dev", "test", "honour_source", "stratify", "group")),
        ("Columns left out", ("items_without", "judgments_without")),
        ("Subsets, views and gates", ("subsets", "views", "alpha_target", "max_model_share")),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, sources: Json, offers: Sequence[Offer]) -> None:
        """``sources``: what `SourcesForm` gave as ``named``, ``collections``, ``campaigns`` and ``models``, and as
        ``corpora`` every corpus that items come from."""
        self.sources, self.offers = sources, {offer.name: offer for offer in offers}
        super().__init__(data, initial={"layers": [offer.name for offer in offers if offer.native]})
        slugs = [(row.slug, row.slug) for row in sources["corpora"]]
        layers = [(name, f"{offer.title}: {offer.detail}{_status(offer)}") for name, offer in self.offers.items()]
        held = sorted({row.licence for row in sources["corpora"] if row.licence})
        licences = [(licence, licence) for licence in held]
        given = (("layers", layers), ("without_text", slugs), ("counts_only", slugs), ("licences", licences))
        for name, choices in given:
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        votes = [(name, name) for name, offer in self.offers.items() if offer.layer["method"].startswith("vote")]
        self.fields["stratify"].choices = [("", "nothing"), *votes]  # type: ignore[attr-defined]
        people = [name for name, _ in votes if self.offers[name].layer["raters"] == "people"]
        self.fields["subsets"].choices = [("gold", "gold items"), ("human-only", "judged by people alone"),  # type: ignore[attr-defined]
            *((f"conflict:{name}", f"people split on {name}") for name in people)]  # fmt: skip

    def clean(self) -> Json:
        """What is asked of a soft label needs that soft label."""
        data: Json = super().clean() or {}
        chosen = set(data.get("layers", []))
        asked = [layer for subset in data.get("subsets", []) if (layer := subset.partition(":")[2])]
        if left := sorted(set(asked) - chosen):
            self.add_error("subsets", f"Choose the soft label too: {', '.join(left)}.")
        if data.get("stratify") and data["stratify"] not in chosen:
            self.add_error("stratify", "Choose that soft label too.")
        return data

    def parts(self) -> list[tuple[str, list[Any]]]:
        """(heading, bound fields) in reading order."""
        return [(title, [self[name] for name in names]) for title, names in self.PARTS]

    def recipe(self) -> str:
        """The recipe's text; what the form cannot ask stays for the text to say."""
        data = self.cleaned_data
        plain = ("slug", "version", "title", "changes", "summary", "licence")
        return written({
            "views": data["views"],
            "release": {name: data[name] for name in plain} | {"authors": _listed(data["authors"])},
            "data": {
                "corpora": [row.slug for row in self.sources["named"]],
                "collections": [row.slug for row in self.sources["collections"]],
                "campaigns": [row.slug for row in self.sources["campaigns"]],
                "models": [row.pseudonym for row in self.sources["models"]],
                "without_text": data["without_text"],
                "counts_only": data["counts_only"],
            },
            "layers": [self.offers[name].layer for name in data["layers"]],
            "filters": {name: data[name] for name in ("min_raters", "max_entropy", "min_agreement", "reserved")}
            | {"languages": _listed(data["languages"]), "licences": data["licences"]},
            "exclude_raters": {name: data[name] for name in ("fewest_judgments", "least_agreement")},
            "splits": {name: data[name] for name in ("by", "time_facet", "train", "dev", "test", "honour_source")}
            | {"group": data["group"], "stratify": data["stratify"], "test_values": _listed(data["test_values"])},
            "subsets": [_subset(asked) for asked in data["subsets"]],
            "without": {"items": data["items_without"], "judgments": data["judgments_without"]},
            "gates": {name: data[name] for name in ("alpha_target", "max_model_share")},
        })  # fmt: skip


def _status(offer: Offer) -> str:
    return f" ({offer.status} crosswalk)" if offer.status else ""


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _subset(asked: str) -> Json:
    rule, _, layer = asked.partition(":")
    return {"name": f"{rule}-{layer}".strip("-").replace("_", "-"), "rule": rule, "layer": layer}


class RecipeText(forms.Form):
    """A recipe as it is written."""

    recipe = forms.CharField(label="Recipe", widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false"}))


class PublishForm(forms.Form):
    """Whom a frozen release is for."""

    access = forms.ChoiceField(label="Who may take its files", choices=list(ACCESS_WORDS.items()))
    terms = forms.CharField(
        label="Terms", required=False, widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Shown before the first download. Each acceptance is recorded with the hash of this text.",
    )  # fmt: skip

    def clean(self) -> Json:
        """Terms to be accepted must be written."""
        data: Json = super().clean() or {}
        if data.get("access") == "terms" and not data.get("terms", "").strip():
            self.add_error("terms", "Write the terms.")
        return data


class WithdrawForm(forms.Form):
    """Why a release is withdrawn."""

    reason = forms.CharField(max_length=400, help_text="Everybody who asks for the release reads this.")
