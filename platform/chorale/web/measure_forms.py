"""The form that measures and settles a scope in one act."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction

from chorale.jobs import engine
from chorale.store.models import Job, User
from chorale.web.launch_forms import MeasureForm

ACTS = [
    ("measure", "Measure agreement: people alone, models, and models against people"),
    ("settle", "Settle votes into soft labels, under every aggregation that the scheme knows"),
]


class MeasureAndSettleForm(MeasureForm):
    """What to do with a scope; the scope itself was chosen before."""

    acts = forms.MultipleChoiceField(
        label="Do", choices=ACTS, widget=forms.CheckboxSelectMultiple, initial=["measure", "settle"]
    )
    field_order = ("acts",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("scope_type", "scope"):
            self.fields[name].widget = forms.HiddenInput()

    @transaction.atomic
    def begin(self, by: User) -> list[Job]:
        """One job an act, all or none."""
        data = self.params()
        acts = data.pop("acts")
        scope = {key: data[key] for key in ("scope_type", "scope")}
        given = {"measure": data, "settle": scope}
        return [engine.start(kind, by=by, params=given[kind]) for kind, _ in ACTS if kind in acts]
