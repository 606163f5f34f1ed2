"""Forms about models that have spoken: comparing them with people, calibrating one, importing what one said."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django import forms

from annotation.model_raters.calibration import METHODS
from chorale.store import file_predictions, object_store
from chorale.store.models import Collection, Endpoint, Prompt, Scheme
from chorale.web import rater_names
from chorale.web.asked_about import AskAbout
from chorale.web.launch_forms import Ask, Json
from chorale.web.prelabel_form import ANSWER, CLASSIFIER, WAYS, elicitation

LARGEST = 512 << 20  # bytes
KINDS = (".csv", ".jsonl", ".parquet")


class BakeOffForm(AskAbout):
    """A collection that people labelled: models that judged it, and models to ask about it first."""

    raters = forms.MultipleChoiceField(
        label="Models that have spoken",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen here or below: every model that judged the collection.",
    )
    servers = forms.MultipleChoiceField(
        label="Ask first", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Each of them under each prompt in each way of asking chosen below, where prompt and way fit.",
    )  # fmt: skip
    prompts = forms.MultipleChoiceField(
        label="Under these prompts", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: the shipped ones.",
    )  # fmt: skip
    ways = forms.MultipleChoiceField(
        label="In these ways", required=False, choices=WAYS, initial=["logprobs"], widget=forms.CheckboxSelectMultiple
    )
    budget_requests = forms.IntegerField(label="Most requests, all of them together", required=False, min_value=1)
    budget_tokens = forms.IntegerField(label="Most tokens, all of them together", required=False, min_value=1)
    declared = forms.ChoiceField(
        label="The people are",
        choices=[("crowd", "crowd workers"), ("skilled", "skilled"), ("expert", "experts")],
        help_text="Sets the margin of the alternative annotator test.",
    )
    rounds = forms.IntegerField(label="Bootstrap rounds", initial=1000, min_value=0, max_value=20_000)
    seed = forms.IntegerField(label="Seed", initial=0, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("raters", rater_names.choices())
        servers = Endpoint.objects.exclude(abilities={}).order_by("slug").values_list("slug", "model")
        named = [(slug, f"{model}, by endpoint {slug}") for slug, model in servers]
        self.choose("servers", [(CLASSIFIER, "A text classifier, trained here on people's votes"), *named])
        self.choose("prompts", [(ref, ref) for ref in Prompt.objects.order_by("-pk").values_list("ref", flat=True)])

    def clean(self) -> Json:
        """At least one prompt must fit one of the ways where a server is to be asked."""
        data: Json = super().clean() or {}
        if set(data.get("servers") or []) - {CLASSIFIER} and not self._combined(data):
            self.add_error("prompts", "None of these prompts asks for what these ways of asking read.")
        return data

    def _combined(self, data: Json) -> list[Json]:
        """Every prompt with every way that reads what it asks for."""
        asks = dict(Prompt.objects.filter(ref__in=data["prompts"]).values_list("ref", "definition__answer"))
        return [
            {"elicitation": elicitation(way)} | ({"prompt": prompt} if prompt else {})
            for way in data["ways"] or ["logprobs"]
            for prompt in data["prompts"] or [""]
            if not prompt or asks.get(prompt) == ANSWER.get(way, "code")
        ]

    def params(self) -> Json:
        """The parameters of the job, the raters to ask first written out."""
        data = self.cleaned_data
        asks: list[Json] = []
        for server in data["servers"]:
            if server == CLASSIFIER:
                asks.append({"engine": "classifier"})
            else:
                asks += [{"engine": "chat", "endpoint": server} | each for each in self._combined(data)]
        names = ("collection", "scheme", "perspective", "raters", "declared", "rounds", "seed")
        limits = {name: data[name] for name in ("budget_requests", "budget_tokens") if data[name]}
        return {name: data[name] for name in names} | limits | ({"ask": asks} if asks else {})


class CalibrateForm(Ask):
    """A model rater, items that people labelled too, and the kind of map."""

    rater = forms.ChoiceField(label="Model")
    collection = forms.ChoiceField(label="Collection", help_text="People labelled it and the model judged it.")
    method = forms.ChoiceField(
        label="Map",
        choices=[
            (METHODS[0], "Temperature: one number that sharpens or softens all answers"),
            (METHODS[1], "Isotonic: for each label a rising step function; needs more items"),
        ],
    )
    seed = forms.IntegerField(label="Seed of the halves", initial=0, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("rater", rater_names.choices(calibrated=False))
        self.choose("collection", Collection.objects.order_by("slug").values_list("slug", "title"))


class PredictionsForm(Ask):
    """A file of soft labels, and who says them."""

    file = forms.FileField(
        label="File",
        help_text="CSV, JSON lines or Parquet: a column item (uuid, or a source id that is unique) and one a label.",
        widget=forms.FileInput(attrs={"accept": ",".join(KINDS)}),
    )
    name = forms.SlugField(label="Name of the model", max_length=60)
    version = forms.CharField(label="Its version", max_length=40)
    scheme = forms.ChoiceField(label="Scheme", help_text="The columns are its labels or dimensions.")
    perspective = AskAbout.base_fields["perspective"]
    trained_on = forms.ChoiceField(
        label="It was trained on", help_text="Those items, and texts and groups like them, enter no comparison."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Scheme.objects.order_by("title", "ref").values_list("ref", "title")
        self.choose("scheme", [(ref, f"{title} ({ref})") for ref, title in rows])
        known = Collection.objects.order_by("slug").values_list("slug", "title")
        nothing = (file_predictions.NOTHING, "Nothing that is in Chorale")
        self.choose("trained_on", [("", "Choose"), nothing, *((slug, title) for slug, title in known)])

    def clean_file(self) -> Any:
        """Of a kind that can be read, and of a size that one request may bring."""
        file = self.cleaned_data["file"]
        if Path(file.name).suffix.lower() not in KINDS:
            raise forms.ValidationError(f"{file.name} is none of {', '.join(KINDS)}.")
        if file.size > LARGEST:
            raise forms.ValidationError("It is larger than 512 MiB: import it by command.")
        return file

    def params(self) -> Json:
        """The parameters of the job; the file is kept under its hash first."""
        data = dict(self.cleaned_data)
        file = data.pop("file")
        with tempfile.NamedTemporaryFile(suffix=Path(file.name).suffix.lower()) as spare:
            for block in file.chunks():
                spare.write(block)
            spare.flush()
            key, _ = object_store.put_file(Path(spare.name), prefix=file_predictions.FOLDER)
        return data | {"file": key, "file_name": Path(file.name).name}
