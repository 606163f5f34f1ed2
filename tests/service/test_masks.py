"""A label that a corpus could not express has no value in its soft labels, native or mapped; asked here, it has one."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from chorale.store import harmonizing, registry, settling
from chorale.store.models import Aggregate, Corpus, Item, Judgment, Rater, Response
from chorale.store.scopes import Scope
from harmonize import crosswalks
from harmonize.crosswalks import Crosswalk
from tests.service.test_import import bring_in

pytestmark = pytest.mark.django_db(transaction=True)

DESCRIPTOR = """
[corpus]
slug = "few"
title = "Few labels"
licence = "CC0-1.0"
citation = "none"
source_url = "none"
language = "en"
[[layers]]
name = "emotion"
scheme = "{scheme}"
perspective = "reader"
masked = ["disgust", "surprise"]
[[files]]
path = "rows.csv"
shape = "ratings"
columns = {{ id = "id", text = "text", rater = "rater" }}
answers = [{{ column = "label" }}]
"""
ROWS = "id,text,rater,label\n" + "".join(
    f"{item},Text {item},{rater},{label}\n"
    for item, labels in {"a": ("joy", "fear"), "b": ("joy", "joy"), "c": ("surprise", "joy")}.items()
    for rater, label in zip(("r1", "r2"), labels, strict=True)
)


def brought_in(folder: Path, scheme: str) -> Corpus:
    (folder / "corpus.toml").write_text(DESCRIPTOR.format(scheme=scheme))
    (folder / "rows.csv").write_text(ROWS)
    bring_in(folder)
    return Corpus.objects.get()


def values(method: str, crosswalk: object = None) -> dict[str, dict[str, float | None]]:
    rows = Aggregate.objects.filter(method=method, crosswalk=crosswalk).select_related("item", "scheme")
    return {row.item.source_id: dict(zip(row.scheme.core.names, row.values, strict=True)) for row in rows}


@pytest.mark.parametrize("scheme", ["ekman-6-neutral", "ekman-6-neutral-set"])
def test_masked_labels_are_unknown_and_others_are_counted(scheme: str, tmp_path: Path) -> None:
    corpus = brought_in(tmp_path, scheme)
    settling.settle(Scope("corpus", corpus), registry.scheme(scheme), "reader", ways=["votes", "dirichlet"])
    found = values("votes")
    assert [found["a"][label] for label in ("joy", "fear", "anger", "disgust", "surprise")] == [0.5, 0.5, 0, None, None]
    assert found["c"]["surprise"] == 0.5  # somebody chose it all the same
    bounds = Aggregate.objects.get(method="dirichlet", item__source_id="b") if scheme == "ekman-6-neutral" else None
    assert bounds is None or [bounds.high[registry.scheme(scheme).core.names.index(n)] for n in ("disgust",)] == [None]


def test_an_item_that_people_were_asked_about_here_has_all_labels(tmp_path: Path) -> None:
    corpus = brought_in(tmp_path, "ekman-6-neutral")
    scheme = registry.scheme("ekman-6-neutral")
    rater = Rater.objects.create(kind="person", pseudonym="here")
    item = Item.objects.get(source_id="b")
    response = Response.objects.create(slot=uuid.uuid4(), item=item, rater=rater, origin="manual")
    Judgment.objects.create(
        key=uuid.uuid4(), response=response, item=item, rater=rater, scheme=scheme, perspective="reader", labels=[0]
    )
    settling.settle(Scope("corpus", corpus), scheme, "reader", ways=["votes"])
    found = values("votes")
    assert None not in found["b"].values()
    assert found["a"]["disgust"] is None


def test_a_map_hides_what_only_masked_labels_feed(tmp_path: Path) -> None:
    corpus = brought_in(tmp_path, "ekman-6-neutral")
    core = next(walk for walk in _walks("ekman-6-neutral") if walk.kind == "labels")
    walk = registry.register_crosswalk(by=None, core=core)
    harmonizing.harmonize(Scope("corpus", corpus), walk, "reader")
    feeds = core.matrix() > 0
    names = core.source_labels.names
    hidden = {names.index("disgust"), names.index("surprise")}
    alone = {
        label
        for place, label in enumerate(core.target_labels.names)
        if feeds[:, place].any() and all(code in hidden for code in feeds[:, place].nonzero()[0])
    }
    found = values("votes", walk)["a"]
    assert {
        label for label, value in found.items() if value is None and feeds[:, list(found).index(label)].any()
    } == alone


def _walks(source: str) -> list[Crosswalk]:
    return [walk for walk in crosswalks.shipped() if walk.source_scheme.partition("@")[0] == source]
