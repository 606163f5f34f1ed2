"""Forms around a release: what it takes from, the recipe's own text, whom it is for, why it is withdrawn."""

from __future__ import annotations

from typing import Any

from django import forms

from chorale.store.models import Campaign, Collection, Corpus, Rater

Json = dict[str, Any]
CHECKS = forms.CheckboxSelectMultiple
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
        queryset=Campaign.objects.filter(round="main").exclude(state="draft").order_by("slug"),
        to_field_name="slug", required=False,
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
