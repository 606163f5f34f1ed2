"""One small world for tests of pages and API: a corpus, a campaign, a report, releases, people of each role."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chorale.store import campaigns, collections, forms, people, registry
from chorale.store.forms import LayerSpec
from chorale.store.models import (
    Aggregate,
    AgreementReport,
    Campaign,
    Corpus,
    Item,
    Job,
    Judgment,
    Quarantine,
    Rater,
    Release,
    Response,
    User,
)
from chorale.store.models.people import Role
from harmonize.corpora.identity import item_uuid

PASSWORD = "a-long-password"
SCHEME = "ekman-6-neutral"
COUNT = 60
EVIL = '<script>alert("x")</script>'


def person(name: str, *roles: Role) -> User:
    """Somebody with these roles."""
    return people.create(by=None, username=name, password=PASSWORD, roles=roles)


def build() -> dict[str, Any]:
    """All of it; what tests need is returned by name."""
    admin, researcher = person("ada", Role.ADMIN), person("rhea", Role.RESEARCHER)
    annotator, stranger = person("anna", Role.ANNOTATOR), person("zoe")
    corpus = _corpus()
    collection = collections.create(by=admin, slug="all", title="All", filter={"corpus": "diary"})
    layers = [LayerSpec("emotion", SCHEME, "reader", "What do you feel?")]
    form = forms.create(by=admin, slug="diary", title="Diary", layers=layers, guidelines=f"Read **once**. {EVIL}")
    campaign = campaigns.open_campaign(by=admin, collection=collection, form=form, slug="round", title="Round")
    campaigns.invite_raters(by=admin, campaign=campaign, people_=[annotator])
    Campaign.objects.filter(pk=campaign.pk).update(state="open", items=COUNT, responses=7, complete_items=2)
    report = AgreementReport.objects.create(
        scope_type="corpus", scope="diary", scheme=registry.scheme(SCHEME), perspective="reader", body=_report()
    )
    job = Job.objects.create(kind="settle", title="Settle votes", params={"scope": "diary"}, total=10, done=4)
    item = Item.objects.order_by("pk").first()
    assert item is not None
    return {
        "admin": admin, "researcher": researcher, "annotator": annotator, "stranger": stranger, "corpus": corpus,
        "collection": collection, "campaign": campaign, "report": report, "job": job, "item": item,
        "rater": Rater.objects.filter(corpus=corpus).first(),
    }  # fmt: skip


def released(settings: Any, folder: Path) -> dict[str, Any]:
    """The same with a frozen release, and ``folder`` as the object store."""
    settings.OBJECT_STORE = folder.as_uri()
    return {**build(), "release": release(folder, version="1.0.0", state="frozen", access="registered")}


def _corpus() -> Corpus:
    scheme = registry.scheme(SCHEME)
    corpus = Corpus.objects.create(
        slug="diary", title="Diary", licence="CC0-1.0", items=COUNT, judgments=COUNT,
        rows_read=COUNT + 1, rows_imported=COUNT, rows_quarantined=1,
    )  # fmt: skip
    rater = Rater.objects.create(kind="person", pseudonym="diary-1", corpus=corpus, source_key="1")
    Quarantine.objects.create(
        corpus=corpus, line=7, raw="a,b,c", code="ragged-row", where="d.csv, line 7", what="Ragged."
    )
    width = len(scheme.core.names)
    for number in range(COUNT):
        text = f"Entry {number} {EVIL if number == 0 else ''}"
        item = Item.objects.create(
            uuid=item_uuid("diary", str(number)), corpus=corpus, source_id=str(number), modality="text", text=text
        )
        response = Response.objects.create(slot=uuid.uuid4(), item=item, rater=rater, origin="imported")
        Judgment.objects.create(
            key=uuid.uuid4(), response=response, item=item, rater=rater, scheme=scheme, perspective="reader", labels=[3]
        )
        values = [0.0] * width
        values[3] = 1.0
        Aggregate.objects.create(
            item=item, scheme=scheme, perspective="reader", method="votes", semantics="distribution",
            values=[None, *values[1:]], n=1, entropy=0.0,
        )  # fmt: skip
    return corpus


def _figure(value: float | None) -> dict[str, Any]:
    reason = None if value is not None else "Nobody used this label."
    interval = (None, None) if value is None else (value - 0.1, value + 0.1)
    return {
        "name": "alpha", "value": value, "low": interval[0], "high": interval[1], "se": 0.01, "units": 60,
        "observed": 0.2, "expected": 0.5, "reason": reason,
    }  # fmt: skip


def _report() -> dict[str, Any]:
    return {
        "kind": "single",
        "labels": ["joy", "fear"],
        "counts": {"items": 60, "items_shared": 60, "judgments": 60, "raters": 1, "marks": {"joy": 60, "fear": 0}},
        "people": {"overall": _figure(0.61), "parts": {"joy": _figure(0.7), "fear": _figure(None)}},
        "models": [{"rater": "model-1", "refused": "Every item it judged here was in its training."}],
        "settings": {"rounds": 1000},
    }


def release(folder: Path, *, version: str, state: str, access: str) -> Release:
    """A release whose files lie in the object store at ``folder``."""
    key = f"releases/diary/{version}"
    here = folder / key
    (here / "schemes").mkdir(parents=True)
    core = registry.scheme(SCHEME).core
    (here / "schemes" / f"{core.ref}.json").write_text(json.dumps(core.to_dict()))
    (here / "README.md").write_text(
        f"---\nlicense: cc0-1.0\n---\n\n# Diary\n\nA card. {EVIL}\n\n| a | b |\n|---|---:|\n| 1 | 2 |\n"
    )
    layer = {
        "name": "ekman", "scheme": core.ref, "perspective": "reader", "method": "votes", "semantics": "distribution",
        "raters": "people", "rated": 1, "mean": dict.fromkeys(core.names, 0.1), "mean_n": 1.0, "mean_entropy": 0.0,
    }  # fmt: skip
    agreement = {"corpus": "diary", "scheme": core.ref, "perspective": "reader", "refused": "", "alpha": _figure(0.5)}
    report = {"raters": {"person": 1}, "corpora": {"diary": 60}, "languages": {"en": 60}, "layers": [layer], "loss": []}
    report["agreement"] = [agreement | {"parts": {"joy": _figure(0.5), "fear": _figure(None)}}]
    (here / "report.json").write_text(json.dumps(report))
    row = {"uuid": "u", "text": "Entry", "corpus": "diary", "ekman": [0.5, 0.5, *[0.0] * (len(core.names) - 2)]}
    table = pa.Table.from_pylist([row | {"ekman_n": 2, "ekman_entropy": 1.0, "ekman_via": "native", "split": "train"}])
    pq.write_table(table, here / "items.parquet")
    names = [p.relative_to(here).as_posix() for p in here.rglob("*") if p.is_file()]
    files = {name: {"bytes": (here / name).stat().st_size, "sha256": "0" * 64} for name in names}
    files["items.parquet"] |= {"rows": 1, "schema": {"uuid": "string", "ekman": "list<float>"}}
    return Release.objects.create(
        slug="diary", version=version, title="Diary", state=state, access=access, recipe="", recipe_sha256="1" * 64,
        salt="s", folder=key, manifest={"files": files, "digest": "2" * 64},
    )  # fmt: skip
