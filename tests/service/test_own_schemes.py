"""A scheme of one's own serves a corpus as a shipped one does: drafted, offered, imported, found by its id alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chorale.jobs import bringing_in, control
from chorale.store import intakes, registry
from chorale.store.models import Corpus, Judgment, User
from chorale.web import descriptor_form, foretaste_rows
from harmonize import schemes
from harmonize.problems import ChoraleError
from tests.service.test_intakes import admin

__all__ = ["admin"]
pytestmark = pytest.mark.django_db(transaction=True)

ROWS = "id,text,weather\n" + "".join(f"{n},Letter number {n},{'drizzle' if n % 2 else 'squall'}\n" for n in range(30))


def own(version: str = "1.0.0") -> schemes.Scheme:
    """Weather words, which no shipped scheme knows."""
    core = schemes.load("ekman-6")
    labels = tuple(
        replace(label, id=name, name=name, terms=(), code=code, opposite=None)
        for code, (label, name) in enumerate(zip(core.labels, ("drizzle", "squall", "frost"), strict=False))
    )
    return replace(core, id="weather", version=version, title="Weather", labels=labels)


def test_a_corpus_is_described_and_brought_in_under_it(admin: User, tmp_path: Path) -> None:
    registry.register_scheme(by=admin, core=own())
    intake = intakes.begin(by=admin, origin="upload")
    (place := intakes.folder(intake) / intakes.FILES).mkdir(parents=True)
    (place / "letters.csv").write_text(ROWS)
    control.run_here(bringing_in.describe(by=admin, intake=intake))
    intake.refresh_from_db()
    assert 'scheme = "weather@1.0.0"' in intake.descriptor
    toml = intake.descriptor.replace("TODO", "known")
    trial = foretaste_rows.tried(toml, intakes.root(intake))
    assert trial.ready
    offered = descriptor_form.layers(trial.values)[0][1].choices
    assert ("weather@1.0.0", "weather@1.0.0") in offered
    intakes.describe(by=admin, intake=intake, toml=toml)
    control.run_here(bringing_in.bring_in(by=admin, intake=intake))
    assert Corpus.objects.get().rows_imported == 30
    assert set(Judgment.objects.values_list("scheme__ref", flat=True)) == {"weather@1.0.0"}


def test_its_id_alone_means_the_newest_and_an_unknown_one_is_told() -> None:
    for version in ("1.0.0", "1.10.0", "1.9.0"):
        registry.register_scheme(by=None, core=own(version))
    assert registry.find("weather").ref == registry.scheme("weather").ref == "weather@1.10.0"
    assert registry.find("weather@1.9.0").version == "1.9.0"
    assert registry.find("ekman-6") == schemes.load("ekman-6")
    with pytest.raises(ChoraleError, match="no scheme"):
        registry.find("nothing")
