"""The assisted arm in browsers: items of every kind with a suggestion, taken, edited and refused field by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from chorale.store import assisted
from chorale.store.models import Campaign, Item, Judgment, Rater, Response
from harmonize.corpora.identity import stable_uuid
from tests.journeys.labelling_scene import Hands, make_round
from tests.journeys.test_labelling import NAMES, SHOTS, contexts, eventually, said, tidy

__all__ = ["contexts", "tidy"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.deep]

# What the model says, layer by layer: labels (with strengths) by name, or values.
SAYS: dict[str, dict[str, dict[str, Any]]] = {
    "text": {"emotion": {"labels": ["joy"]}, "vad": {"values": [7.0, 5.0, 9.0]}},
    "dialogue": {"emotion": {"labels": ["sadness"], "intensities": [3.0]}, "said": {"labels": ["implicit"]}},
    "image": {"emotion": {"labels": ["joy"]}, "seen": {"labels": ["face"]}},
    "audio": {"feeling": {"labels": ["anger/rage"]}},
    "video": {"vad": {"values": [0.5, -0.251, 0.0]}, "emotion": {"labels": ["joy"]}},
}


def edit_text(hands: Hands) -> None:
    hands.choose("grief")
    hands.rate(0, 3)


def edit_dialogue(hands: Hands) -> None:
    hands.rate(0, 1)


def edit_image(hands: Hands) -> None:
    hands.choose("Body")


def edit_audio(hands: Hands) -> None:
    hands.choose("irritation")


def edit_video(hands: Hands) -> None:
    hands.page.locator("input[type=range]").first.fill("0.1")


def refuse_text(hands: Hands) -> None:
    hands.choose("joy", "grief")
    for scale in range(3):
        hands.rate(scale, 1)


def refuse_dialogue(hands: Hands) -> None:
    hands.choose("sadness", "fear")
    hands.rate(0, 2)
    hands.choose("Explicit")


def refuse_image(hands: Hands) -> None:
    hands.choose("anger", "Face")  # the optional question is left open


def refuse_audio(hands: Hands) -> None:
    hands.choose("rage", "zest")


def refuse_video(hands: Hands) -> None:
    for place, value in enumerate(("-0.5", "0.6", "0.3")):
        hands.page.locator("input[type=range]").nth(place).fill(value)
    hands.choose("fear")


DO: dict[str, dict[str, Callable[[Hands], None]]] = {
    "ben": {
        "text": edit_text, "dialogue": edit_dialogue, "image": edit_image, "audio": edit_audio, "video": edit_video,
    },
    "chloe": {
        "text": refuse_text, "dialogue": refuse_dialogue, "image": refuse_image, "audio": refuse_audio,
        "video": refuse_video,
    },
}  # fmt: skip
KEPT, CHANGED, MANUAL = "prediction", "prediction-changed", "manual"
CAME: dict[str, dict[str, dict[str, tuple[str, Any]]]] = {
    "text": {
        "ana": {"emotion": (KEPT, ({"joy"}, None)), "vad": (KEPT, [7.0, 5.0, 9.0])},
        "ben": {"emotion": (CHANGED, ({"joy", "grief"}, None)), "vad": (CHANGED, [3.0, 5.0, 9.0])},
        "chloe": {"emotion": (MANUAL, ({"grief"}, None)), "vad": (CHANGED, [1.0, 1.0, 1.0])},
    },
    "dialogue": {
        "ana": {"emotion": (KEPT, ({"sadness"}, [3.0])), "said": (KEPT, ({"implicit"}, None))},
        "ben": {"emotion": (CHANGED, ({"sadness"}, [1.0])), "said": (KEPT, ({"implicit"}, None))},
        "chloe": {"emotion": (CHANGED, ({"fear"}, [2.0])), "said": (CHANGED, ({"explicit"}, None))},
    },
    "image": {
        "ana": {"emotion": (KEPT, ({"joy"}, None)), "seen": (KEPT, ({"face"}, None))},
        "ben": {"emotion": (KEPT, ({"joy"}, None)), "seen": (CHANGED, ({"face", "body"}, None))},
        "chloe": {"emotion": (CHANGED, ({"anger"}, None))},
    },
    "audio": {
        "ana": {"feeling": (KEPT, ({"anger/rage"}, None))},
        "ben": {"feeling": (CHANGED, ({"anger/rage", "anger/irritation"}, None))},
        "chloe": {"feeling": (MANUAL, ({"joy/zest"}, None))},
    },
    "video": {
        "ana": {"vad": (KEPT, [0.5, -0.26, 0.0]), "emotion": (KEPT, ({"joy"}, None))},
        "ben": {"vad": (CHANGED, [0.1, -0.26, 0.0]), "emotion": (KEPT, ({"joy"}, None))},
        "chloe": {"vad": (CHANGED, [-0.5, 0.6, 0.3]), "emotion": (CHANGED, ({"fear"}, None))},
    },
}  # fmt: skip

PLAYABLE = "() => [...document.querySelectorAll('video')].every((one) => one.readyState > 1)"


def make_assisted_round(modality: str) -> Campaign:
    """A round in which everybody sees what a model says."""
    model = Rater.objects.create(kind="model", pseudonym=f"model-{modality}", model={"name": "m"})
    language = "he" if modality == "text" else "en"
    campaign = make_round(modality, names=NAMES, count=2, language=language, suggester=model, assisted_share=1.0)
    for item in Item.objects.filter(collectionitem__collection=campaign.collection):
        for layer in campaign.form.layers.all():
            told, names = SAYS[modality][layer.name], layer.scheme.core.names
            slot = stable_uuid("m", item.uuid, layer.name)
            response = Response.objects.create(slot=slot, item=item, rater=model, origin="model")
            Judgment.objects.create(
                key=stable_uuid(slot), response=response, item=item, rater=model, scheme=layer.scheme,
                perspective=layer.perspective, layer=layer.position, values=told.get("values"),
                labels=[names.index(one) for one in told["labels"]] if "labels" in told else None,
                intensities=told.get("intensities"),
            )  # fmt: skip
    return campaign


@pytest.mark.parametrize("modality", list(SAYS))
def test_three_raters_take_edit_and_refuse_suggestions(modality: str, contexts: dict[str, BrowserContext]) -> None:
    campaign = make_assisted_round(modality)
    for name in NAMES:
        hands = Hands.enter(contexts[name], name, campaign)
        hands.page.wait_for_function("() => document.querySelector('.chorale-form input:checked')")
        hands.page.wait_for_function(PLAYABLE)  # Label Studio takes no answer to a film that is still coming
        if name in DO:
            DO[name][modality](hands)
        SHOTS.mkdir(parents=True, exist_ok=True)
        hands.page.screenshot(path=str(SHOTS / f"assisted-{modality}-{name}.png"))
        hands.submit()
        hands.page.close()
    for name in NAMES:
        assert eventually(lambda name=name: bool(said(campaign, name))), name  # type: ignore[misc]
        assert {layer: _came(row) for layer, row in said(campaign, name).items()} == {
            layer: (origin, pytest.approx(what, abs=1e-6) if isinstance(what, list) else what)
            for layer, (origin, what) in CAME[modality][name].items()
        }
    for field in assisted.fields(campaign, draws=16):
        assert (field.seen, field.fates["accepted"] >= 1) == (3, True)
        assert field.fates["rejected"] == 1  # chloe's


def _came(row: Judgment) -> tuple[str, Any]:
    assert (row.response.arm, bool(row.response.suggestion)) == ("assisted", True)
    if row.values is not None:
        return row.origin or "", list(row.values)
    return row.origin or "", ({row.scheme.core.names[code] for code in row.labels or ()}, row.intensities)
