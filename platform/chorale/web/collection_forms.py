"""The form of a collection: which items, how many, and how the sample is stratified."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef

from chorale.store.models import Corpus, CorpusProfile, Judgment, Scheme, Screening
from chorale.store.models.schemes import Perspective

Json = dict[str, Any]
EITHER = [("", "either"), ("yes", "only those"), ("no", "none of those")]
SHARES = [
    ("all", "All that match"),
    ("simple", "A simple random sample"),
    ("proportional", "Stratified, in proportion"),
    ("equal", "Stratified, as many of each"),
    ("quota", "By quota"),
]
CRITERIA = [
    ("label", "Label"), ("uncertainty", "Uncertainty of models"), ("corpus", "Corpus"), ("language", "Language"),
    ("found_language", "Language found in the text"), ("length", "Length"), ("modality", "Modality"),
    ("split", "Source split"),
]  # fmt: skip
FACETS = 30


def _checks(label: str, **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, required=False, widget=forms.CheckboxSelectMultiple, **more)


class CollectionForm(forms.Form):
    """A filter over items, and a sample drawn by a seed."""

    slug = forms.SlugField(label="Short name", max_length=80, help_text="Stands in addresses.")
    title = forms.CharField(label="Title", max_length=200)
    corpus = _checks("Corpora", help_text="None chosen: all.")
    modality = _checks("Modality", choices=[(m, m) for m in ("text", "dialogue", "image", "audio", "video", "pair")])
    language = forms.CharField(label="Language", required=False, max_length=20, help_text="BCP 47, such as en.")
    split = forms.CharField(label="Source split", required=False, max_length=20)
    text = forms.CharField(label="Holds the words", required=False, max_length=200)
    shortest = forms.IntegerField(label="Shortest, in characters", required=False, min_value=0)
    longest = forms.IntegerField(label="Longest, in characters", required=False, min_value=0)
    facets = forms.CharField(
        label="Facets", required=False, help_text="A line each: name = value; all must hold.",
        widget=forms.Textarea(attrs={"rows": 2, "class": "code"}),
    )  # fmt: skip
    rated = forms.ChoiceField(label="Judged by people", required=False, choices=EITHER)
    duplicates = forms.BooleanField(label="Leave out what is nearly an earlier item", required=False)
    pii = forms.ChoiceField(label="With personal data found", required=False, choices=EITHER)
    profane = forms.ChoiceField(label="With profane words found", required=False, choices=EITHER)
    said = forms.CharField(
        label="On which a voice said", required=False, max_length=400,
        help_text="Labels of that scheme, parted by commas.",
    )  # fmt: skip
    scheme = forms.ChoiceField(label="Labels by the scheme", required=False)
    perspective = forms.ChoiceField(label="Perspective", required=False, choices=[("", "any"), *Perspective.choices])
    share = forms.ChoiceField(label="Draw", required=False, choices=SHARES, initial="all", widget=forms.RadioSelect)
    by = _checks("Told apart by", choices=CRITERIA, help_text="Several are crossed: each combination is a stratum.")
    who = forms.ChoiceField(
        label="Whose labels", required=False, choices=[("people", "people's and the source's"), ("model", "models'")]
    )
    quota = forms.CharField(
        label="Quota", required=False, help_text="A line each: stratum = number; several criteria as joy / en.",
        widget=forms.Textarea(attrs={"rows": 4, "class": "code"}),
    )  # fmt: skip
    size = forms.IntegerField(label="How many", required=False, min_value=1, max_value=10_000_000)
    seed = forms.IntegerField(label="Seed", initial=0, help_text="The same seed draws the same items.")

    PARTS = (
        ("Which items", ("corpus", "modality", "language", "split", "text", "shortest", "longest", "facets")),
        ("What is known of them", ("rated", "duplicates", "pii", "profane", "scheme", "perspective", "said")),
        ("The sample", ("share", "by", "who", "size", "quota", "seed")),
        ("Its name", ("title", "slug")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        corpora = Corpus.objects.order_by("slug").values_list("slug", "title", "previous", "version")
        self._offer("corpus", [(slug, f"{t}, version {v}" if before else t) for slug, t, before, v in corpora])
        judged = Exists(Judgment.objects.filter(scheme=OuterRef("pk")))  # a join would read every judgment
        schemes = Scheme.objects.filter(judged).order_by("ref").values_list("ref", "title")
        self._offer("scheme", [("", "none"), *schemes])
        names = {name for body in CorpusProfile.objects.values_list("body__facets", flat=True) for name in body or {}}
        self._offer("by", [*CRITERIA, *((f"facet:{name}", f"Facet {name}") for name in sorted(names)[:FACETS])])
        if not Screening.objects.exists():
            for name in ("pii", "profane"):
                self.fields[name].help_text = "No corpus has been looked through yet."

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def parts(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings."""
        return [(title, [self[name] for name in names]) for title, names in self.PARTS]

    def clean(self) -> Json:
        """What belongs together must be there together."""
        data: Json = super().clean() or {}
        share = data["share"] = data.get("share") or ("simple" if data.get("size") else "all")
        if share == "simple" and not data.get("size"):
            self.add_error("size", "How many are to be drawn?")
        if share in ("proportional", "equal", "quota") and not data.get("by"):
            self.add_error("by", "By what are the strata told apart?")
        if share in ("proportional", "equal") and not data.get("size"):
            self.add_error("size", "How many are to be drawn in all?")
        if share == "quota" and not data.get("quota", "").strip():
            self.add_error("quota", "Give a number for each stratum.")
        if (data.get("said") or {"label", "uncertainty"} & set(data.get("by", ()))) and not data.get("scheme"):
            self.add_error("scheme", "Labels are meant by a scheme: choose it.")
        return data

    def wanted(self) -> Json:
        """The filter, without what was left open; one value stands for itself."""
        data = self.cleaned_data
        given = {name: data[name] for name in ("corpus", "modality", "language", "split", "text") if data[name]}
        found: Json = {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in given.items()}
        bounds = {end: data[name] for end, name in (("min", "shortest"), ("max", "longest")) if data[name] is not None}
        if bounds:
            found["length"] = bounds
        if data["facets"].strip():
            found["facets"] = dict(_pairs(data["facets"]))
        found |= {name: data[name] == "yes" for name in ("rated", "pii", "profane") if data[name]}
        if data["duplicates"]:
            found["duplicates"] = False
        if data["said"]:
            labels = [label.strip() for label in data["said"].split(",") if label.strip()]
            more = {"perspective": data["perspective"]} if data["perspective"] else {}
            found["labels"] = {"scheme": data["scheme"], "any": labels, **more}
        return found

    def plan(self) -> Json:
        """How the sample is stratified; empty where it is not."""
        data = self.cleaned_data
        if data["share"] in ("all", "simple"):
            return {}
        share: Any = data["share"]
        if share == "quota":
            share = {name: int(number) for name, number in _pairs(data["quota"]) if number.isdigit()}
        names = {name: data[name] for name in ("scheme", "perspective", "who") if data[name]}
        return {"by": data["by"], "share": share, **names}

    def number(self) -> int | None:
        """How many in all; None for all that match, or where a quota says it."""
        data = self.cleaned_data
        return data["size"] if data["share"] in ("simple", "proportional", "equal") else None


def _pairs(text: str) -> list[tuple[str, str]]:
    lines = [line.rpartition("=") for line in text.splitlines() if "=" in line]
    return [(name.strip(), value.strip()) for name, _, value in lines]
