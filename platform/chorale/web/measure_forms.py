"""The form that measures and settles a scope in one act."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction

from annotation import aggregation
from chorale.jobs import engine
from chorale.store.models import Job, Rater, User
from chorale.web.item_voices import about
from chorale.web.launch_forms import MeasureForm

ACTS = [
    ("measure", "Measure agreement: people alone, models, and models against people"),
    ("settle", "Settle votes into soft labels, and test where people split"),
]
FILTERS = ("least_judgments", "least_seconds", "leave_out")
WAYS = list(dict.fromkeys(way.name for ways in aggregation.WAYS.values() for way in ways))


class MeasureAndSettleForm(MeasureForm):
    """What to do with a scope; the scope itself was chosen before."""

    acts = forms.MultipleChoiceField(
        label="Do", choices=ACTS, widget=forms.CheckboxSelectMultiple, initial=["measure", "settle"]
    )
    ways = forms.MultipleChoiceField(
        label="Aggregations",
        required=False,
        choices=[(name, f"{name}: {about(name)}" if about(name) else name) for name in WAYS],
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: the votes, the votes with their uncertainty, the customary hard label, Dawid-Skene. "
        "A layer leaves out those that its kind of scheme does not know.",
    )
    least_judgments = forms.IntegerField(
        label="Raters with fewer judgments than",
        required=False,
        min_value=1,
    )
    least_seconds = forms.FloatField(label="Answers faster than, in seconds", required=False, min_value=0)
    leave_out = forms.CharField(label="These raters", required=False, help_text="Pseudonyms, with commas between.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("scope_type", "scope"):
            self.fields[name].widget = forms.HiddenInput()

    def clean_leave_out(self) -> list[str]:
        """Pseudonyms that exist."""
        names = [name.strip() for name in self.cleaned_data["leave_out"].split(",") if name.strip()]
        known = set(Rater.objects.filter(pseudonym__in=names).values_list("pseudonym", flat=True))
        if missing := sorted(set(names) - known):
            raise forms.ValidationError(f"There is no rater {', '.join(missing)}.")
        return names

    def groups(self) -> list[tuple[str, str, dict[str, Any]]]:
        """(title, what it is for, its fields) of the choices that most people leave as they are."""
        told = (
            ("How intervals are drawn", "bootstrap over items", ("rounds", "seed")),
            ("Filters", "agreement before and after leaving out; no data is changed", FILTERS),
            ("Aggregations", "which soft labels to settle", ("ways",)),
        )
        return [(title, text, {"visible_fields": [self[name] for name in names]}) for title, text, names in told]

    @property
    def first(self) -> dict[str, Any]:
        """What everybody decides: the acts, with what is wrong with the whole and the hidden scope."""
        return {
            "non_field_errors": self.non_field_errors(),
            "hidden_fields": self.hidden_fields(),
            "visible_fields": [self["acts"]],
        }

    def rules(self) -> list[dict[str, Any]]:
        """The declared filters, one rule each."""
        data = self.cleaned_data
        rules: list[dict[str, Any]] = [
            {name: data[name]} for name in ("least_judgments", "least_seconds") if data[name] is not None
        ]
        return [*rules, {"leave_out": data["leave_out"]}] if data["leave_out"] else rules

    @transaction.atomic
    def begin(self, by: User) -> list[Job]:
        """One job an act, all or none."""
        data = self.params()
        acts, ways = data.pop("acts"), data.pop("ways")
        scope = {key: data[key] for key in ("scope_type", "scope")}
        rules = self.rules()
        measured = scope | {"rounds": data["rounds"], "seed": data["seed"]} | ({"filters": rules} if rules else {})
        given = {"measure": measured, "settle": scope | ({"ways": ways} if ways else {})}
        return [engine.start(kind, by=by, params=given[kind]) for kind, _ in ACTS if kind in acts]
