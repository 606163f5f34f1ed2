"""A form of several layers put to a model: one brief a layer, conditional layers only where the belief is there."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.model_raters.briefs import briefs, to_ask
from annotation.model_raters.items import ShownItem
from annotation.model_raters.prompting import PERSPECTIVES
from annotation.model_raters.questions import each, scale
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from harmonize.schemes import load_form

FORM = load_form("emotion-in-depth")
NAMES = FORM.layers[0].scheme.names


def beliefs(rows: list[list[float]]) -> Judgments:
    said = [(item, "m", row) for item, row in zip("abc", rows, strict=False)]
    return Judgments.from_ratings(said, kind=Kind.PROBABILITY, labels=NAMES)


def test_every_layer_has_its_own_brief_with_the_question_and_the_perspective() -> None:
    made = briefs(FORM)
    assert [part.layer.name for part in made] == ["emotion", "threat", "felt"]
    item = ShownItem("i", "They took my bike.")
    for part in made:
        scheme = part.layer.scheme
        asked = scale(scheme.dimensions[0], 0) if scheme.dimensions else each(scheme)[0]
        told = str(part.brief.request(item, asked, {}).messages)
        assert part.layer.question in told
        assert FORM.guidelines in told
        assert PERSPECTIVES[part.layer.perspective] in told
    hashes = {part.brief.prompt.hash for part in made}
    assert len(hashes) == 3, "another question is another rater"
    with pytest.raises(ChoraleError, match="No prompt asks for 'prose'"):
        briefs(FORM, answer="prose")


def test_a_conditional_layer_is_asked_where_its_labels_hold_half_the_belief() -> None:
    threat = FORM.layers[1]
    exclusive = beliefs([[0.3, 0, 0.3, 0.4, 0, 0, 0], [0.1, 0, 0.1, 0.8, 0, 0, 0], [np.nan] * 7])
    assert to_ask(threat, ["a", "b", "c", "d"], {"emotion": exclusive}).tolist() == [True, False, False, False]
    apart = beliefs([[0.3, 0.9, 0.3, 0.4, 0, 0, 0], [0.6, 0.9, 0.1, 0.8, 0, 0, 0]])
    assert to_ask(threat, ["b", "a"], {"emotion": apart}).tolist() == [True, False]
    assert to_ask(FORM.layers[0], ["a"], {}).all()
    with pytest.raises(ChoraleError, match="waits for beliefs about emotion"):
        to_ask(threat, ["a"], {})
