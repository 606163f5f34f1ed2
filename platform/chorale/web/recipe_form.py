"""The wizard's second step: every part of a recipe as fields; the answers become the recipe's text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import format_html

from chorale.store.release_ways import Offer, derived
from chorale.web.recipe_answers import listed, values
from chorale.web.release_forms import ACCESS_WORDS
from exports.gate_names import BLOCKING, GATES
from exports.recipe_parts import BY, ITEMS_WITHOUT, JUDGMENTS_WITHOUT
from exports.recipe_reader import VIEWS
from exports.recipe_writer import written
from harmonize import schemes

Json = dict[str, Any]
CHECKS = forms.CheckboxSelectMultiple
GROUPS = [
    ("duplicate", "near duplicates"),
    ("group", "dialogues, documents, stories, pairs, grids"),
    ("author", "authors"),
    ("speaker", "speakers"),
    ("rater", "raters"),
]
RESERVED = [("mark", "keep them, marked; gold on no side"), ("exclude", "leave them out")]
BY_WORDS = {"hash": "a lottery", "language": "language", "corpus": "corpus", "time": "time"}
TIMES = [("month", "month"), ("year", "year"), ("none", "no time at all")]
WITHOUT_CONTEXT = ("no-context", "once more without context")


class RecipeForm(forms.Form):
    """What the release is called, its soft labels, who and what enters, how it is dealt, and whom it is for."""

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
    date = forms.DateField(
        label="Date", required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Stated, not taken from a clock, so that bytes repeat.",
    )  # fmt: skip
    url = forms.URLField(label="Where it will be found", required=False, assume_scheme="https")
    layers = forms.MultipleChoiceField(label="Columns", widget=CHECKS)
    assisted = forms.BooleanField(
        label="Count assisted judgments too", required=False,
        help_text="People who were shown a suggestion. Left out, they stay in the file and count in nothing.",
    )  # fmt: skip
    derived = forms.MultipleChoiceField(
        label="Derived columns", required=False, widget=CHECKS, help_text="Each needs its soft labels chosen too."
    )
    languages = forms.CharField(required=False, help_text="Tags with commas between; empty: all.")
    licences = forms.MultipleChoiceField(
        label="Licences", required=False, widget=CHECKS, help_text="Corpora under others stay out; none chosen: all."
    )
    min_raters = forms.IntegerField(label="Raters an item, at least", initial=0, min_value=0, required=False)
    max_entropy = forms.FloatField(label="Entropy in bits, at most", min_value=0, max_value=10, required=False)
    min_agreement = forms.FloatField(
        label="Share of agreeing pairs of raters, at least", min_value=0, max_value=1, required=False
    )
    reserved = forms.ChoiceField(label="Reserved items", choices=RESERVED, initial="mark")
    without_text = forms.MultipleChoiceField(
        label="Without texts and media", required=False, widget=CHECKS, help_text="Features and labels alone."
    )
    counts_only = forms.MultipleChoiceField(
        label="Counts in place of ratings", required=False, widget=CHECKS, help_text="No single rating is released."
    )
    fewest_judgments = forms.IntegerField(
        label="Leave out people with fewer judgments than", min_value=0, required=False
    )
    least_agreement = forms.FloatField(
        label="Leave out people whose agreement beyond chance is below", min_value=-1, max_value=1, required=False,
        help_text="With the others of the same items. The card shows alpha before and after.",
    )  # fmt: skip
    shared_items = forms.IntegerField(
        label="Judged on at least so many shared items", min_value=2, initial=20, required=False
    )
    by = forms.ChoiceField(label="Splits by", choices=[(by, BY_WORDS[by]) for by in BY], initial="hash")
    test_values = forms.CharField(
        label="Held out for the test", required=False, help_text="Languages or corpora, with commas between."
    )
    dev_values = forms.CharField(
        label="Held out for dev", required=False, help_text="Languages or corpora, with commas between."
    )
    time_facet = forms.CharField(label="Facet that holds the time", required=False)
    train = forms.FloatField(initial=0.8, min_value=0, max_value=1)
    dev = forms.FloatField(initial=0.1, min_value=0, max_value=1)
    test = forms.FloatField(initial=0.1, min_value=0, max_value=1)
    seed = forms.CharField(label="Seed of the lottery", required=False, initial="chorale", max_length=80)
    honour_source = forms.BooleanField(label="Honour published splits", initial=True, required=False)
    raters = forms.BooleanField(label="Deal raters to sides too", required=False)
    stratify = forms.ChoiceField(label="Share labels out evenly by", required=False)
    group = forms.MultipleChoiceField(
        label="Keep whole", choices=GROUPS, initial=["duplicate", "group"], required=False, widget=CHECKS
    )
    group_facets = forms.CharField(
        label="Keep whole by facet", required=False, help_text="Names of facets, as person or grid, commas between."
    )
    subsets = forms.MultipleChoiceField(label="Named subsets", required=False, widget=CHECKS)
    unseen_layer = forms.ChoiceField(label="Labels that training never sees, of", required=False)
    unseen_labels = forms.CharField(
        label="These labels", required=False, help_text="With commas between. Items that bear one go to the test."
    )
    conflict_least = forms.IntegerField(
        label="People split: at least so many votes", min_value=2, max_value=1000, initial=8, required=False
    )
    conflict_level = forms.FloatField(
        label="People split: level of the test", min_value=0, max_value=1, initial=0.05, required=False
    )
    views = forms.MultipleChoiceField(
        choices=[(view, view) for view in VIEWS], required=False, widget=CHECKS,
        help_text="Each for every layer of people or published labels that it suits.",
    )  # fmt: skip
    view_options = forms.MultipleChoiceField(label="And each of them", required=False, widget=CHECKS)
    views_of_models = forms.BooleanField(
        label="Views of models' labels too", required=False, help_text="So that nobody trains on a model unasked."
    )
    items_without = forms.MultipleChoiceField(
        label="Columns that items go without", choices=[(n, n) for n in ITEMS_WITHOUT], required=False, widget=CHECKS
    )
    judgments_without = forms.MultipleChoiceField(
        label="Columns that judgments go without", choices=[(n, n) for n in JUDGMENTS_WITHOUT], required=False,
        widget=CHECKS,
    )  # fmt: skip
    time = forms.ChoiceField(label="Times are coarsened to the", choices=TIMES, initial="month", required=False)
    trait_k = forms.IntegerField(
        label="Traits shared by fewer people are suppressed", min_value=2, max_value=1000, initial=5, required=False
    )
    few_raters = forms.IntegerField(
        label="Warn of items with fewer raters than", min_value=0, max_value=1000, initial=1, required=False
    )
    alpha_target = forms.FloatField(label="Warn where alpha is below", min_value=-1, max_value=1, required=False)
    max_model_share = forms.FloatField(
        label="Warn where models' share is above", min_value=0, max_value=1, required=False
    )
    block = forms.MultipleChoiceField(
        label="Gates that block", choices=[(g, g) for g in GATES if g != "agreement"], initial=list(BLOCKING),
        required=False, widget=CHECKS, help_text="The others only warn, on the card.",
    )  # fmt: skip
    gates_chosen = forms.BooleanField(initial=True, required=False, widget=forms.HiddenInput)
    access = forms.ChoiceField(
        label="Who may take its files", choices=list(ACCESS_WORDS.items()), initial="registered", required=False
    )
    terms = forms.CharField(
        label="Terms", required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Shown before the first download; both can still be changed on publishing.",
    )  # fmt: skip

    PARTS = (
        ("Release", "", ("slug", "version", "title", "changes", "summary", "authors", "licence", "date", "url")),
        ("Soft labels", "One column each. Perspectives are never pooled; a crosswalk maps each judgment before they "
         "are counted.", ("layers", "assisted", "derived")),
        ("What enters", "", ("languages", "licences", "min_raters", "max_entropy", "min_agreement", "reserved",
                             "without_text", "counts_only")),
        ("People left out", "Their judgments stay in the file, marked, and count in nothing.",
         ("fewest_judgments", "least_agreement", "shared_items")),
        ("Splits", "An item that was in the version before keeps its side, whatever is chosen here.",
         ("by", "test_values", "dev_values", "time_facet", "train", "dev", "test", "seed", "stratify", "group_facets",
          "group", "honour_source", "raters")),
        ("Subsets", "Files of the items that belong to them.",
         ("subsets", "unseen_layer", "unseen_labels", "conflict_least", "conflict_level")),
        ("Views", "The same items shaped for a task, a file a split.", ("views", "view_options", "views_of_models")),
        ("Columns and privacy", "", ("items_without", "judgments_without", "time", "trait_k")),
        ("Gates", "What must hold before it can be frozen.",
         ("block", "few_raters", "alpha_target", "max_model_share")),
        ("Whom it is for", "", ("access", "terms")),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, sources: Json, offers: Sequence[Offer]) -> None:
        """``sources``: what `SourcesForm` gave as ``named``, ``collections``, ``campaigns`` and ``models``, and as
        ``corpora`` every corpus that items come from."""
        self.sources, self.offers = sources, {offer.name: offer for offer in offers}
        super().__init__(data, initial={"layers": [offer.name for offer in offers if offer.native]})
        corpora = sources["corpora"]
        slugs = [(row.slug, row.slug) for row in corpora]
        votes = [name for name, offer in self.offers.items() if offer.layer["method"].startswith("vote")]
        self._offer("layers", [(name, _layer_words(offer)) for name, offer in self.offers.items()])
        self._offer("derived", derived(offers, corpora))
        self._offer("without_text", slugs)
        self._offer("counts_only", slugs)
        self._offer("licences", [(name, name) for name in sorted({row.licence for row in corpora if row.licence})])
        self._offer("stratify", [("", "nothing"), *((name, name) for name in votes)])
        self._offer("unseen_layer", [("", "no layer"), *((name, name) for name in votes)])
        self._offer("subsets", self._subsets(votes))
        modalities = sorted({row.modality for row in corpora})
        apart = [(name, f"once more for {name} alone") for name in modalities] if len(modalities) > 1 else []
        self._offer("view_options", [WITHOUT_CONTEXT, *apart])

    def _offer(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]

    def _subsets(self, votes: Sequence[str]) -> list[tuple[str, str]]:
        people = [name for name in votes if self.offers[name].layer["raters"] == "people"]
        languages = sorted({row.language for row in self.sources["corpora"] if row.language})
        plain = [("gold", "gold items"), ("human-only", "judged by people alone")]
        spoken = [(f"language:{tag}", f"in the language {tag}") for tag in languages]
        return [*plain, *spoken, *((f"conflict:{name}", f"people split on {name}") for name in people)]

    def clean(self) -> Json:
        """What is asked of a soft label needs that soft label; terms to be accepted must be written."""
        data: Json = super().clean() or {}
        chosen = set(data.get("layers", []))
        conflicts = [asked for asked in data.get("subsets", []) if asked.startswith("conflict:")]
        asked = {
            "subsets": {name.partition(":")[2] for name in conflicts},
            "stratify": {data.get("stratify")} - {""},
            "derived": {name for column in data.get("derived", []) for name in column.split(":")[1:]},
            "unseen_layer": {data.get("unseen_layer")} - {""},
        }
        for field, names in asked.items():
            if left := sorted(str(name) for name in names - chosen if name):
                self.add_error(field, f"Choose the soft label too: {', '.join(left)}.")
        self._check_unseen(data)
        if data.get("access") == "terms" and not data.get("terms", "").strip():
            self.add_error("terms", "Write the terms.")
        return data

    def _check_unseen(self, data: Json) -> None:
        layer, labels = data.get("unseen_layer"), listed(data.get("unseen_labels", ""))
        if bool(layer) != bool(labels):
            missing = "unseen_labels" if layer else "unseen_layer"
            self.add_error(missing, "Name the labels." if layer else "Say of which soft label.")
        elif layer and (strange := sorted(set(labels) - set(names := schemes.load(self._scheme(layer)).names))):
            self.add_error("unseen_labels", f"It has no {', '.join(strange)}. It has {', '.join(names)}.")

    def _scheme(self, layer: str) -> str:
        return str(self.offers[layer].layer["scheme"])

    def parts(self) -> list[tuple[str, str, list[Any]]]:
        """(heading, what it is about, bound fields) in reading order."""
        return [(title, about, [self[name] for name in names]) for title, about, names in self.PARTS]

    def recipe(self) -> str:
        """The recipe's text; what the form cannot ask stays for the text to say."""
        return written(values(self.cleaned_data, self.sources, self.offers))


def _layer_words(offer: Offer) -> str:
    """The column's name, and below it what it is of and how it is made."""
    status = f", a {offer.status} crosswalk" if offer.status else ""
    words = '<code>{}</code><span class="under quiet small">{}: {}{}</span>'
    return format_html(words, offer.name, offer.title, offer.detail, status)
