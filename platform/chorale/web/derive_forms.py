"""The form that starts deriving columns: the rule, the layers it reads, the norms it needs."""

from __future__ import annotations

from typing import Any

from django import forms

from chorale.store.deriving import INFERRED, RULES
from chorale.store.doubly_labelled import LayerKey, layers
from chorale.store.scopes import find
from chorale.web.launch_forms import Ask
from harmonize.affect import shipped_norms
from harmonize.affect.derived import GAP

Json = dict[str, Any]


class DeriveForm(Ask):
    """A rule and what it reads in a scope."""

    rule = forms.ChoiceField(label="Rule", choices=[(rule.name, rule.title) for rule in RULES.values()])
    layer = forms.ChoiceField(
        label="Labels", help_text="For the gap: the perspective to start from, such as the writer's."
    )
    other = forms.ChoiceField(label="Second perspective", required=False, help_text="For the gap alone.")
    norms = forms.ChoiceField(label="Word norms", required=False, help_text="For inferred values alone.")

    def __init__(self, scope: tuple[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope
        known = [(str(key), key.words) for key in layers(find(*scope))]
        self.choose("layer", known)
        self.choose("other", [("", "none"), *known])
        self.choose("norms", [("", "none"), *((norms.id, norms.title) for norms in shipped_norms())])

    @property
    def possible(self) -> bool:
        """Whether anything was judged here."""
        return bool(self.fields["layer"].choices)  # type: ignore[attr-defined]

    def clean(self) -> Json:
        """The gap needs two layers of one scheme, inferred values need norms."""
        data: Json = super().clean() or {}
        rule, layer, other = data.get("rule"), data.get("layer"), data.get("other")
        if rule == GAP and layer:
            if not other or other == layer:
                self.add_error("other", "The gap needs a second perspective.")
            elif LayerKey.parse(other).scheme != LayerKey.parse(layer).scheme:
                self.add_error("other", "Both perspectives must be of one scheme.")
        if rule == INFERRED and not data.get("norms"):
            self.add_error("norms", "Inferred values need word norms.")
        return data

    def params(self) -> Json:
        """The job's parameters."""
        kind, slug = self.scope
        return {"scope_type": kind, "scope": slug, **self.cleaned_data}
