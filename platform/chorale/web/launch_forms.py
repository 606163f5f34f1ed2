"""The forms that start jobs, one a kind; `params` gives the parameters of the job."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings

from chorale.store.campaign_plan import Plan
from chorale.store.models import Campaign, Collection, Corpus, Crosswalk, Form, Rater, User
from chorale.web.language_field import LanguageField

Json = dict[str, Any]
SCOPES = [("corpus", "corpus"), ("campaign", "campaign"), ("collection", "collection")]


class Ask(forms.Form):
    """A form whose choices are read from the database when it is made."""

    def choose(self, name: str, rows: Any) -> None:
        """Give a field its choices."""
        self.fields[name].choices = list(rows)  # type: ignore[attr-defined]

    def params(self) -> Json:
        """The job's parameters."""
        return dict(self.cleaned_data)


class ImportForm(Ask):
    """One of the corpora that lie ready beside the program."""

    folder = forms.ChoiceField(label="Corpus", help_text="A folder with a corpus.toml, the descriptor.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = sorted(Path(settings.ROOT, "samples").glob("*/corpus.toml"))
        self.choose("folder", [(str(path.parent), path.parent.name) for path in found])


class ScopeForm(Ask):
    """A corpus, campaign or collection."""

    scope_type = forms.ChoiceField(label="What", choices=SCOPES)
    scope = forms.CharField(label="Which one", help_text="Its short name, as it stands in the address of its page.")

    def clean(self) -> Json:
        """The scope must exist."""
        data: Json = super().clean() or {}
        table = {"corpus": Corpus, "campaign": Campaign, "collection": Collection}.get(data.get("scope_type", ""))
        if table and data.get("scope") and not table.objects.filter(slug=data["scope"]).exists():
            self.add_error("scope", f"There is no {data['scope_type']} of that name.")
        return data


class MeasureForm(ScopeForm):
    """A scope, and how the interval is drawn."""

    rounds = forms.IntegerField(label="Bootstrap rounds", initial=1000, min_value=0, max_value=20_000)
    seed = forms.IntegerField(label="Seed", initial=0, min_value=0)


class HarmonizeForm(ScopeForm):
    """A scope and the crosswalks to apply to it."""

    crosswalks = forms.MultipleChoiceField(label="Crosswalks", widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Crosswalk.objects.order_by("ref").values_list("ref", "title")
        self.choose("crosswalks", [(ref, f"{title} ({ref})") for ref, title in rows])


class AcrossForm(MeasureForm):
    """A scope and the one crosswalk across which agreement is compared."""

    crosswalk = forms.ChoiceField(label="Crosswalk")
    merges = forms.IntegerField(label="Random merges", initial=200, min_value=0, max_value=2000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("crosswalk", Crosswalk.objects.order_by("ref").values_list("ref", "title"))


class CampaignForm(Ask):
    """Items, form, raters, overlap, and whether a model's suggestions are shown to some."""

    title = forms.CharField(label="Title", max_length=200, help_text="Raters see it.")
    slug = forms.SlugField(label="Short name", max_length=80)
    collection = forms.ModelChoiceField(queryset=Collection.objects.order_by("slug"), to_field_name="slug")
    form = forms.ModelChoiceField(queryset=Form.objects.order_by("slug", "-version"), label="Form")
    overlap = forms.IntegerField(label="Raters an item", initial=3, min_value=1, max_value=100)
    top_up = forms.IntegerField(
        label="More raters where people split",
        initial=0,
        min_value=0,
        max_value=20,
        help_text="Their answers stay outside agreement.",
    )
    suggester = forms.ModelChoiceField(
        queryset=Rater.objects.filter(kind="model").order_by("pseudonym"),
        label="Suggestions of",
        required=False,
        help_text="None: everybody answers blind. Only blind answers enter human figures.",
    )
    assisted_share = forms.FloatField(
        label="Share of answers that see a suggestion", initial=0.5, min_value=0, max_value=1
    )
    raters = forms.ModelMultipleChoiceField(
        queryset=User.objects.filter(groups__name="annotator", is_active=True).order_by("username"),
        label="Raters",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    language = LanguageField()
    pilot = forms.BooleanField(
        label="A pilot round",
        required=False,
        help_text="Its answers enter no agreement figure and no release but its own.",
    )
    joining = forms.ChoiceField(
        label="Who may take part", choices=[("named", "those invited"), ("open", "any annotator")], required=False
    )
    speaks = forms.BooleanField(label="Only those who say they read the language well", required=False)
    order = forms.ChoiceField(
        label="Order of items", choices=[("given", "of the collection"), ("random", "another for each")], required=False
    )
    quota = forms.IntegerField(label="Items a rater at most", required=False, min_value=1)
    per_day = forms.IntegerField(label="Items a rater and day at most", required=False, min_value=1)
    ends_on = forms.DateField(label="Last day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    tutorial = forms.ModelChoiceField(
        queryset=Collection.objects.order_by("slug"),
        required=False,
        to_field_name="slug",
        help_text="Items with rulings, asked before the first item. None: nobody needs to qualify.",
    )
    try_items = forms.IntegerField(label="Items a try", initial=5, min_value=1, max_value=100)
    tries = forms.IntegerField(label="Tries", initial=2, min_value=1, max_value=10)
    pass_mark = forms.FloatField(label="Share that must be right", initial=0.7, min_value=0, max_value=1)
    gold = forms.ModelChoiceField(
        queryset=Collection.objects.order_by("slug"),
        label="Check items among the others",
        required=False,
        to_field_name="slug",
    )
    gold_share = forms.FloatField(label="Share of check items", initial=0, min_value=0, max_value=0.5)
    gold_feedback = forms.BooleanField(label="Raters see how they did at them", required=False)
    repeat_share = forms.FloatField(
        label="Share of items that a rater meets twice", initial=0, min_value=0, max_value=0.5
    )
    repeat_gap = forms.IntegerField(label="Answers between the two", initial=20, min_value=1, max_value=1000)
    tells_agreement = forms.BooleanField(
        label="Raters read how far they agree with others", initial=True, required=False
    )
    hides_names = forms.BooleanField(label="Adjudicators do not see who said what", required=False)
    pay_per = forms.ChoiceField(
        label="Paid", choices=[("", "not"), ("item", "per item"), ("hour", "per hour")], required=False
    )
    pay = forms.FloatField(label="Rate", initial=0, min_value=0, required=False)
    currency = forms.CharField(label="Currency", initial="EUR", max_length=3, required=False)

    sections = (
        ("Who and when", ("pilot", "joining", "speaks", "language", "order", "quota", "per_day", "ends_on")),
        ("Qualification", ("tutorial", "try_items", "tries", "pass_mark")),
        ("Checks", ("gold", "gold_share", "gold_feedback", "repeat_share", "repeat_gap")),
        ("What people see", ("tells_agreement", "hides_names")),
        ("Pay", ("pay_per", "pay", "currency")),
    )

    def further(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The parts of the plan that most campaigns leave as they are."""
        return [(title, [self[name] for name in names]) for title, names in self.sections]

    def first(self) -> list[forms.BoundField]:
        """The parts that every campaign says."""
        later = {name for _, names in self.sections for name in names}
        return [field for field in self if field.name not in later]

    def planned(self) -> Json:
        """What `open_campaign` takes, raters left out."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "raters"}
        given["ends_on"] = given["ends_on"].isoformat() if given["ends_on"] else ""
        names = {field.name for field in fields(Plan)} & set(given)
        chosen = {name: given.pop(name) for name in names}
        return given | {"plan": Plan.of({name: value for name, value in chosen.items() if value not in (None, "")})}


class ReleaseForm(Ask):
    """A recipe, and whether to publish what it makes."""

    recipe = forms.CharField(label="Recipe", widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "false"}))
    publish = forms.BooleanField(label="Publish it when it is frozen", required=False)
