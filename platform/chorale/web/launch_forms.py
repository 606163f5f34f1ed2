"""The forms that start jobs, one a kind. A form's `params` are the parameters of the job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms

from chorale.store.models import Campaign, Collection, Corpus, Crosswalk

Json = dict[str, Any]
SCOPES = [("corpus", "corpus"), ("campaign", "campaign"), ("collection", "collection")]


class ScopeForm(forms.Form):
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

    def params(self) -> Json:
        """As the job reads them."""
        return dict(self.cleaned_data)


class HarmonizeForm(ScopeForm):
    """A scope and the crosswalks to apply to it."""

    crosswalks = forms.MultipleChoiceField(label="Crosswalks", widget=forms.CheckboxSelectMultiple, choices=())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Crosswalk.objects.order_by("ref").values_list("ref", "title")
        self.fields["crosswalks"].choices = [(ref, f"{title} ({ref})") for ref, title in rows]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Launch:
    """A kind of job as a page offers it; ``start`` is set where more than a job must be made (a release)."""

    kind: str
    verb: str
    title: str
    text: str
    form: type[forms.Form]
    start: Callable[..., Any] | None = None


LAUNCHES: dict[str, Launch] = {
    launch.kind: launch
    for launch in (
        Launch(
            "settle",
            "Settle",
            "Settle votes into soft labels",
            "Recomputes every item's soft label under each aggregation its scheme knows. The votes stay as they are.",
            ScopeForm,
        ),
        Launch(
            "measure",
            "Measure agreement",
            "Measure agreement",
            "Krippendorff's alpha with a bootstrap interval, over all labels and for each, people alone and models "
            "against people.",
            ScopeForm,
        ),
        Launch(
            "harmonize",
            "Harmonize",
            "Harmonize by crosswalks",
            "Maps each judgment to other schemes and aggregates there, and keeps what each map loses.",
            HarmonizeForm,
        ),
    )
}
