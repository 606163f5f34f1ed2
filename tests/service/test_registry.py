"""A scheme never changes once it is used; until then a shipped file may word it better."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chorale.store import forms, registry
from chorale.store.forms import LayerSpec
from chorale.store.models import Event, Scheme
from harmonize import schemes
from harmonize.problems import ChoraleError

pytestmark = pytest.mark.django_db
CORE = schemes.load("ekman-6")


def older() -> Scheme:
    """The row of an earlier wording of the shipped scheme."""
    labels = tuple(replace(label, definition="") for label in CORE.labels)
    return registry.register_scheme(by=None, core=replace(CORE, labels=labels, title="Ekman"))


def test_an_unused_row_takes_the_shipped_wording_and_says_so() -> None:
    row = older()
    registry.register_shipped()
    row.refresh_from_db()
    assert row.core == CORE
    assert row.title == CORE.title
    assert Event.objects.filter(action="scheme.reword").count() == 1
    registry.register_shipped()
    assert Event.objects.filter(action="scheme.reword").count() == 1


def test_a_used_row_stays_as_it_was_registered() -> None:
    row = older()
    forms.create(by=None, slug="f", title="F", layers=[LayerSpec("emotion", row.ref, "reader", "Which?")])
    before = row.definition
    assert registry.register_scheme(by=None, core=CORE).definition == before
    registry.register_shipped()
    row.refresh_from_db()
    assert row.definition == before


def test_other_labels_or_a_scheme_of_one_s_own_never_change() -> None:
    registry.register_scheme(by=None, core=replace(CORE, labels=CORE.labels[:5]))
    with pytest.raises(ChoraleError, match="already registered"):
        registry.register_scheme(by=None, core=CORE)
    own = replace(CORE, id="mine")
    registry.register_scheme(by=None, core=own)
    with pytest.raises(ChoraleError, match="already registered"):
        registry.register_scheme(by=None, core=replace(own, title="Other words"))
