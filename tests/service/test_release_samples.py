"""The shipped recipe on the shipped samples, imported for real; the campaign's and the model's parts left out."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from django.conf import settings as django_settings

from chorale.jobs import control, engine
from chorale.store import object_store, release_building, releases
from chorale.store.models import Corpus, Release

pytestmark = pytest.mark.django_db(transaction=True)
SAMPLES = Path(django_settings.ROOT) / "samples"


@pytest.fixture
def sampler(tmp_path: Path, settings: object) -> tuple[Release, Path]:
    settings.OBJECT_STORE = (tmp_path / "objects").as_uri()  # type: ignore[attr-defined]
    for slug in ("letters", "table-talk", "postcards", "faces"):
        run("import_corpus", folder=str(SAMPLES / slug))
    recipe = (SAMPLES / "release.toml").read_text("utf-8")
    for line in ('campaigns = ["letters-first-round"]', 'models = ["classifier-*"]'):
        assert line in recipe
        recipe = recipe.replace(line, "")
    release = releases.draft_release(by=None, recipe=recipe)
    run("release", release=release.pk, publish=True)
    release.refresh_from_db()
    folder = object_store.local_path(release.folder)
    assert folder is not None
    return release, folder


def run(kind: str, **params: object) -> None:
    control.run_here(engine.start(kind, by=None, params=params))


def test_the_sampler_holds_what_was_imported(sampler: tuple[Release, Path]) -> None:
    release, folder = sampler
    assert release.state == "published"
    report = json.loads((folder / "report.json").read_bytes())
    assert report["corpora"] == {corpus.slug: corpus.items for corpus in Corpus.objects.all()}
    imported = sum(corpus.judgments for corpus in Corpus.objects.all())
    table = pq.read_table(folder / "judgments.parquet", columns=["kind"])
    assert pc.sum(pc.equal(table["kind"], "person")).as_py() == imported
    layers = {layer["name"]: layer for layer in report["layers"]}
    letters = Corpus.objects.get(slug="letters")
    assert 0 < layers["goemotions"]["rated"] < letters.items
    assert layers["ekman"]["rated"] == layers["goemotions"]["rated"]
    assert layers["vad_reader"]["rated"] == Corpus.objects.get(slug="postcards").items
    assert layers["ekman_perceived"]["via"] == {"native": layers["ekman_perceived"]["rated"]}
    assert layers["ekman_perceived_posterior"]["rated"] == layers["ekman_perceived"]["rated"]
    assert layers["vad_writer"]["rated"] == 0  # only the campaign asks for it
    assert {entry["crosswalk"] for entry in report["loss"]} >= {"goemotions-28--ekman-6-neutral@1.0.0"}
    assert all(0 < entry["alpha"]["value"] < 1 for entry in report["agreement"] if entry["alpha"])
    assert {gate["name"]: gate["verdict"] for gate in report["gates"]}["licence"] == "pass"
    again = releases.recompute_release(release)
    assert again.ok, str(again)
    assert release_building.build_release(by=None, release=release).manifest == release.manifest
    text = (folder / "README.md").read_text("utf-8")
    assert "None" not in text
