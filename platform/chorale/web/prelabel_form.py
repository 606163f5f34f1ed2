"""The form that pre-labels: collection, who speaks, what is asked, under which prompt and in which way."""

from __future__ import annotations

from typing import Any

from django import forms

from chorale.store.models import Collection, Corpus, Endpoint, Judgment, Prompt, Rater, Scheme
from chorale.store.models.schemes import Perspective
from chorale.web.launch_forms import Ask, Json

CLASSIFIER = "classifier"
WAYS = [
    ("logprobs", "Token log-probabilities: the probability of each answer, read off"),
    ("samples", "Samples: several answers, counted"),
    ("verbalised", "Stated probabilities: the model writes numbers as JSON"),
]
ANSWER = {"logprobs": "code", "samples": "code", "verbalised": "json"}


class PrelabelForm(Ask):
    """Everything a rater is made of."""

    collection = forms.ChoiceField(label="Collection")
    rater = forms.ChoiceField(label="Who speaks", initial=CLASSIFIER)
    scheme = forms.ChoiceField(label="Scheme")
    perspective = forms.ChoiceField(label="Perspective", choices=Perspective.choices)
    train_on = forms.MultipleChoiceField(
        label="Classifier: learn from the votes of",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: the corpora that the collection's items come from.",
    )
    way = forms.ChoiceField(label="Language model: way of asking", choices=WAYS, initial="logprobs", required=False)
    prompt = forms.ChoiceField(
        label="Prompt", required=False, help_text="None chosen: the shipped one that fits the way of asking."
    )
    samples = forms.IntegerField(
        label="Samples an item", required=False, initial=10, min_value=2, max_value=200, help_text="For samples alone."
    )
    image_side = forms.IntegerField(
        label="Show pictures, longer side in pixels",
        required=False,
        min_value=32,
        max_value=2048,
        help_text="Empty: texts alone.",
    )
    show_language = forms.BooleanField(label="Name the item's language to the model", required=False)
    budget_requests = forms.IntegerField(
        label="Budget in requests", required=False, min_value=1, help_text="The job stops when it is spent."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("collection", Collection.objects.order_by("slug").values_list("slug", "title"))
        servers = Endpoint.objects.order_by("slug").values_list("slug", "model")
        named = [(slug, f"{model}, by endpoint {slug}") for slug, model in servers]
        self.choose("rater", [(CLASSIFIER, "A text classifier, trained here on people's votes"), *named])
        schemes = Scheme.objects.order_by("title", "ref").values_list("ref", "title")
        self.choose("scheme", [(ref, f"{title} ({ref})") for ref, title in schemes])
        self.choose("train_on", Corpus.objects.order_by("slug").values_list("slug", "title"))
        refs = Prompt.objects.order_by("-pk").values_list("ref", flat=True)
        self.choose("prompt", [("", "---------"), *((ref, ref) for ref in refs)])

    def clean(self) -> Json:
        """A prompt must ask for what the way of asking reads, and an endpoint must have been probed."""
        data: Json = super().clean() or {}
        if not self.chat:
            return data
        way = data.get("way") or "logprobs"
        row = Prompt.objects.filter(ref=data.get("prompt") or "").first()
        if row and row.definition["answer"] != ANSWER[way]:
            self.add_error("prompt", "It asks for another kind of answer than this way of asking reads.")
        found = Endpoint.objects.filter(slug=data["rater"]).first()
        if found and not found.abilities:
            self.add_error("rater", "It was never probed: probe it first on its page.")
        return data

    @property
    def chat(self) -> bool:
        """Whether a language model speaks."""
        return self.cleaned_data.get("rater", CLASSIFIER) != CLASSIFIER

    def params(self) -> Json:
        """The parameters of the job."""
        data = self.cleaned_data
        asked = {name: data[name] for name in ("collection", "scheme", "perspective")}
        if not self.chat:
            return asked | {"engine": "classifier", "train_on": data["train_on"]}
        way: Json = {"name": data["way"] or "logprobs"}
        if way["name"] == "samples":
            count = data["samples"] or 10
            way |= {"count": count, "at_once": count}
        names = ("image_side", "show_language", "budget_requests")
        more = {name: data[name] for name in names if data[name]}
        prompt = {"prompt": data["prompt"]} if data["prompt"] else {}
        return asked | {"engine": "chat", "endpoint": data["rater"], "elicitation": way} | prompt | more


class BakeOffForm(Ask):
    """A collection that people labelled and models judged."""

    collection = forms.ChoiceField(label="Collection")
    scheme = forms.ChoiceField(label="Scheme")
    perspective = forms.ChoiceField(label="Perspective", choices=Perspective.choices)
    raters = forms.MultipleChoiceField(
        label="Models",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: every model that judged the collection.",
    )
    declared = forms.ChoiceField(
        label="The people are",
        choices=[("crowd", "crowd workers"), ("skilled", "skilled"), ("expert", "experts")],
        help_text="Sets the margin of the alternative annotator test.",
    )
    rounds = forms.IntegerField(label="Bootstrap rounds", initial=1000, min_value=0, max_value=20_000)
    seed = forms.IntegerField(label="Seed", initial=0, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("collection", Collection.objects.order_by("slug").values_list("slug", "title"))
        spoken = Judgment.objects.filter(rater__kind="model").values("scheme")
        self.choose("scheme", Scheme.objects.filter(pk__in=spoken).order_by("ref").values_list("ref", "title"))
        models = Rater.objects.filter(kind="model").order_by("pseudonym")
        told = [
            (r.pseudonym, f"{r.model.get('name') or ''} {r.pseudonym}, {r.model.get('scheme', '')}") for r in models
        ]
        self.choose("raters", told)


def of_params(params: Json) -> dict[str, Any]:
    """What the form says for these parameters of a job."""
    way = params.get("elicitation") or {}
    return {
        **{name: params[name] for name in ("collection", "scheme", "perspective") if name in params},
        **{name: params[name] for name in ("image_side", "show_language", "budget_requests", "prompt", "train_on")
           if params.get(name)},
        "rater": params.get("endpoint") or CLASSIFIER,
        "way": way.get("name", "logprobs"),
        "samples": way.get("count", 10),
    }  # fmt: skip
