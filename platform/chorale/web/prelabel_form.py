"""The form that pre-labels: collection, who speaks, what is asked, under which prompt and in which way."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from annotation.model_raters import plugin
from chorale.store import calibrations, lexicons
from chorale.store.models import Calibration, Corpus, Endpoint, Prompt
from chorale.web.asked_about import AskAbout, Part
from chorale.web.launch_forms import Json
from harmonize.problems import ChoraleError

CLASSIFIER, LEXICON, FUNCTION = "classifier", "lexicon", "function:"
WAYS = [
    ("logprobs", "Token log-probabilities: the probability of each answer, read off"),
    ("samples", "Samples: several answers, counted"),
    ("verbalised", "Stated probabilities: the model writes numbers as JSON"),
    ("verbalised-spread", "Stated numbers, each with how unsure the model says it is (dimensions)"),
    ("label-strings", "Label strings: the probability of each answer's own words, one request for each"),
    ("token-ids", "Log-probabilities by token id: up to 50 labels in one question"),
]
NAMED = {"token-ids": {"name": "logprobs", "by_ids": True}, "verbalised-spread": {"name": "verbalised", "spread": True}}
ANSWER = {"verbalised": "json", "verbalised-spread": "json"}  # the others read a code
CHAT = ("way", "samples", "prompt", "image_side", "frames", "audio_seconds", "show_language")
BUDGETS = ("budget_requests", "budget_tokens", "budget_cost")


class PrelabelForm(AskAbout):
    """Everything a rater is made of."""

    rater = forms.ChoiceField(label="Who speaks", initial=CLASSIFIER)
    train_on = forms.MultipleChoiceField(
        label="Learn from the votes of",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: the corpora that the collection's items come from.",
    )
    way = forms.ChoiceField(label="Way of asking", choices=WAYS, initial="logprobs", required=False)
    prompt = forms.ChoiceField(
        label="Prompt", required=False, help_text="The shipped one is that which fits the way of asking."
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
    frames = forms.IntegerField(
        label="Frames of a video",
        required=False,
        min_value=1,
        max_value=64,
        help_text="At even distances, beside its transcript; they need a size.",
    )
    audio_seconds = forms.IntegerField(
        label="Let it hear sound, seconds from the beginning", required=False, min_value=1, max_value=1800
    )
    show_language = forms.BooleanField(label="Name the item's language to the model", required=False)
    budget_requests = forms.IntegerField(label="Most requests", required=False, min_value=1)
    budget_tokens = forms.IntegerField(
        label="Most tokens", required=False, min_value=1, help_text="Prompts and answers together."
    )
    budget_cost = forms.FloatField(
        label="Most money", required=False, min_value=0.000001, help_text="In the currency of the endpoint's prices."
    )
    lexicon_name = forms.SlugField(label="Name of the lexicon", required=False, max_length=60)
    lexicon_version = forms.CharField(label="Version", required=False, max_length=20, initial="1")
    lexicon_lines = forms.CharField(
        label="Terms and rules",
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "placeholder": "joy,happy*,1\njoy,/yay+/,2"}),
        help_text="A line each: label,term,weight. A term of one to three words may end in *; between slashes it is a "
        "regular expression. Without a weight it counts 1.",
    )
    negators = forms.CharField(
        label="Negators", required=False, help_text="Words, apart by blanks, that silence a term up to three words on."
    )
    options = forms.JSONField(label="Options of your function", required=False, help_text="JSON, or nothing.")
    calibration = forms.ChoiceField(
        label="Speak through a calibration map",
        required=False,
        help_text="One that was fitted for this very rater; what it says is then another rater's.",
    )
    calibration_anyway = forms.BooleanField(
        label="Take the map even if it made the scores worse on the half it was not fitted on", required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        servers = Endpoint.objects.order_by("slug").values_list("slug", "model")
        self.choose(
            "rater",
            [
                (CLASSIFIER, "A text classifier, trained here on people's votes"),
                (LEXICON, "A lexicon and rules, written below"),
                *((FUNCTION + name, f"Your function {name}, installed beside Chorale") for name in plugin.installed()),
                *((slug, f"{model}, by endpoint {slug}") for slug, model in servers),
            ],
        )
        self.choose("train_on", Corpus.objects.order_by("slug").values_list("slug", "title"))
        refs = Prompt.objects.order_by("-pk").values_list("ref", flat=True)
        self.choose("prompt", [("", "The shipped one"), *((ref, ref) for ref in refs)])
        maps = Calibration.objects.order_by("-pk").select_related("rater").defer("map")
        self.choose("calibration", [("", "None"), *((row.ref, _mapping(row)) for row in maps)])

    def parts(self) -> list[Part]:
        """The fields in groups; those of the raters that were not chosen are folded away by the style sheet."""
        return [
            self.part("collection", "rater", "scheme", "perspective"),
            self.part("train_on", title="The classifier", speaks="classifier"),
            self.part(
                "lexicon_name", "lexicon_version", "lexicon_lines", "negators", title="The lexicon", speaks="lexicon"
            ),
            self.part("options", title="Your function", speaks="function"),
            self.part(*CHAT, title="The language model", speaks="chat"),
            self.part(*BUDGETS, title="Budget: the job rests when one is spent", speaks="chat"),
            self.part("calibration", "calibration_anyway", title="Calibration"),
        ]

    def clean_rater(self) -> str:
        """Also what kind of rater it is."""
        chosen = str(self.cleaned_data["rater"])
        self.engine = chosen.partition(":")[0]
        if self.engine not in (CLASSIFIER, LEXICON, "function"):
            self.engine = "chat"
        return chosen

    def clean(self) -> Json:
        """A prompt must ask for what the way of asking reads; an endpoint must be probed, a lexicon have good lines."""
        data: Json = super().clean() or {}
        if self.engine == LEXICON and not self.errors:
            self._check_lexicon(data)
        if self.engine != "chat" or "rater" not in data:
            return data
        way = data.get("way") or "logprobs"
        row = Prompt.objects.filter(ref=data.get("prompt") or "").first()
        if row and row.definition["answer"] != ANSWER.get(way, "code"):
            self.add_error("prompt", "It asks for another kind of answer than this way of asking reads.")
        found = Endpoint.objects.filter(slug=data["rater"]).first()
        if data.get("frames") and not data.get("image_side"):
            self.add_error("image_side", "Frames need a size.")
        if found and not found.abilities:
            self.add_error("rater", "It was never probed: probe it first on its page.")
        return data

    def _check_lexicon(self, data: Json) -> None:
        for name in ("lexicon_name", "lexicon_version", "lexicon_lines"):
            if not data.get(name):
                self.add_error(name, "A lexicon needs it.")
        if self.errors:
            return
        try:
            lexicons.rater(
                {"scheme": data["scheme"], "lexicon": self._lexicon(data) | {"lines": data["lexicon_lines"]}}
            )
        except ChoraleError as error:
            self.add_error("lexicon_lines", f"{error.message} {error.fix}")

    def _lexicon(self, data: Json) -> Json:
        named = {"name": data["lexicon_name"], "version": data["lexicon_version"]}
        return named | {"negators": re.split(r"[\s,]+", data["negators"].strip()) if data["negators"].strip() else []}

    @property
    def chat(self) -> bool:
        """Whether a language model speaks."""
        return self.engine == "chat"

    engine = CLASSIFIER

    def params(self) -> Json:
        """The parameters of the job; a lexicon is kept first."""
        data = self.cleaned_data
        names = ("collection", "scheme", "perspective", "calibration", "calibration_anyway")
        asked = {"engine": self.engine} | {name: data[name] for name in names if data[name]}
        if self.engine == CLASSIFIER:
            return asked | {"train_on": data["train_on"]}
        if self.engine == LEXICON:
            return asked | {"lexicon": self._lexicon(data) | {"file": lexicons.keep(data["lexicon_lines"])}}
        if self.engine == "function":
            return asked | {"rater": data["rater"].removeprefix(FUNCTION), "options": data["options"] or {}}
        way = elicitation(data["way"] or "logprobs", samples=data["samples"] or 10)
        more = {name: data[name] for name in (*CHAT[2:], *BUDGETS) if data[name]}
        return asked | {"endpoint": data["rater"], "elicitation": way} | more


def _mapping(row: Calibration) -> str:
    """A map as a choice; one that did harm says so."""
    lost = calibrations.worsened(row)
    warning = f" (made {' and '.join(lost)} worse)" if lost else ""
    return f"{row.rater.model.get('name')} {row.rater.pseudonym}: {row.ref}{warning}"


def elicitation(way: str, *, samples: int = 10) -> Json:
    """The parameters of a way of asking."""
    told: Json = dict(NAMED.get(way, {"name": way}))
    return told | ({"count": samples, "at_once": samples} if way == "samples" else {})


class BudgetForm(forms.Form):
    """What a job may spend in all; an empty field sets no limit."""

    requests = PrelabelForm.base_fields["budget_requests"]
    tokens = PrelabelForm.base_fields["budget_tokens"]
    cost = PrelabelForm.base_fields["budget_cost"]


def of_params(params: Json) -> dict[str, Any]:
    """What the form says for these parameters of a job."""
    way, lexicon = params.get("elicitation") or {}, params.get("lexicon") or {}
    maps = ("calibration", "calibration_anyway")
    names = ("collection", "scheme", "perspective", *maps, "options", "train_on", *CHAT[2:], *BUDGETS)
    rater = params.get("endpoint") or params.get("engine") or CLASSIFIER
    return {
        **{name: params[name] for name in names if params.get(name)},
        "rater": FUNCTION + params["rater"] if rater == "function" else rater,
        "way": next((name for name, told in NAMED.items() if told == way), way.get("name", "logprobs")),
        "samples": way.get("count", 10),
        "lexicon_name": lexicon.get("name"),
        "lexicon_version": lexicon.get("version"),
        "negators": " ".join(lexicon.get("negators") or []),
        "lexicon_lines": lexicons.lines(lexicon) if lexicon else None,
    }
