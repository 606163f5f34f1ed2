"""The forms of prompts: a new version, and what to preview it on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms

from annotation.model_raters import prompting, stage_text
from annotation.model_raters.elicitation import Brief
from annotation.model_raters.items import ShownItem
from chorale.store import chat_raters, prompts, shown
from chorale.store.models import Corpus, Item, Prompt, Scheme
from chorale.store.models.schemes import Perspective

_AREA: dict[str, Any] = {"spellcheck": "false", "class": "code"}
SHOTS = [
    ("keep", "those of the version it comes from"),
    ("none", "none"),
    ("draw", "draw new ones from people's votes"),
]


class PreviewForm(forms.Form):
    """An item, or a text typed here, under a scheme and a perspective."""

    scheme = forms.ModelChoiceField(queryset=Scheme.objects.order_by("ref"), to_field_name="ref", empty_label=None)
    perspective = forms.ChoiceField(choices=Perspective.choices)
    item = forms.UUIDField(label="Item", required=False, help_text="Its id, as it stands on its page.")
    text = forms.CharField(label="or a text", required=False, max_length=4000)
    image_side = forms.IntegerField(label="Longer side, pixels", required=False, min_value=32, max_value=2048)
    frames = forms.IntegerField(label="Frames of a video", required=False, min_value=1, max_value=16)
    audio_seconds = forms.IntegerField(label="Seconds of sound", required=False, min_value=1, max_value=120)

    def shown(self, rows: Any, prompt: prompting.Prompt) -> ShownItem:
        """What the model would see. Raises `ItemFailure` for a file that does not open, ChoraleError `media-budget`."""
        if text := self.cleaned_data["text"]:
            return ShownItem("00000000-0000-0000-0000-000000000000", text)
        key: UUID | None = self.cleaned_data["item"]
        row: Item | None = rows.filter(uuid=key).first() if key else rows.exclude(text="").order_by("pk").first()
        if row is None:
            raise forms.ValidationError("There is no such item.")
        data, budget = self.cleaned_data, chat_raters.media_budget(self.cleaned_data)
        return shown.for_rater(row, Brief(data["scheme"].core, prompt, data["perspective"], media=budget))


class PromptForm(forms.Form):
    """A version made from another one."""

    version = forms.CharField(max_length=20, help_text="A text never changes; another text is another version.")
    system = forms.CharField(widget=forms.Textarea(attrs={"rows": 6, **_AREA}), strip=False)
    user = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 16, **_AREA}),
        strip=False,
        help_text="Jinja. Known: item (text, before, after, language, images), question (ask, options with code, name "
        "and definition), perspective, language, guidelines, told (answers of the stages that it reads).",
    )
    stages = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 10, **_AREA}),
        required=False,
        help_text="TOML. Each [[stages]] has id, role (tell, label, verify, explain), system, user, and if you like "
        "reads, sees (text, context, media), max_tokens, rejects. Above them what holds for the labelling: reads, "
        "sees, turns = [before, after], asides, repairs.",
    )
    guidelines = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), required=False)
    shots = forms.ChoiceField(label="Examples", choices=SHOTS, initial="keep", widget=forms.RadioSelect)
    count = forms.IntegerField(label="How many to draw", required=False, initial=4, min_value=1, max_value=40)
    scheme = forms.ModelChoiceField(
        queryset=Scheme.objects.order_by("ref"), to_field_name="ref", required=False, help_text="For drawn examples."
    )
    perspective = forms.ChoiceField(choices=[("", "---------"), *Perspective.choices], required=False)
    corpora = forms.ModelMultipleChoiceField(
        queryset=Corpus.objects.order_by("slug"),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Drawn where people agree; never from gold or test items. A rater is not measured on its examples.",
    )

    def clean(self) -> dict[str, Any]:
        """Drawing needs to know from what."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("shots") == "draw":
            for name in ("count", "scheme", "perspective", "corpora"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, "Needed to draw examples.")
        return data

    def prompt(self, row: Prompt) -> prompting.Prompt:
        """The prompt as typed. Raises ChoraleError `prompt-template`, `shots-few`."""
        data = self.cleaned_data
        texts = {name: data[name].replace("\r\n", "\n") for name in ("system", "user", "guidelines")}
        plain = {name: value for name, value in row.definition.items() if name not in stage_text.KNOWN}
        named = {
            "version": data["version"].strip(),
            "shots": row.definition["shots"] if data["shots"] == "keep" else [],
        }
        made = prompting.from_dict(plain | texts | named | stage_text.from_text(data["stages"]))
        if data["shots"] != "draw":
            return made
        return prompts.drawn_shots(
            made, data["scheme"], data["perspective"], list(data["corpora"]), count=data["count"]
        )
