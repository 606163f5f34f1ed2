"""Releases from the real database: same bytes from rows in another order, consent, freeze, kill, verify."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from chorale.jobs import control, engine
from chorale.store import (
    object_store,
    registry,
    release_building,
    release_versions,
    releases,
    withdrawals,
)
from chorale.store.models import (
    Campaign,
    Collection,
    CollectionItem,
    Consent,
    Corpus,
    Event,
    Form,
    Item,
    Job,
    Judgment,
    Rater,
    RaterTrainingItem,
    Release,
    Response,
    Ruling,
    User,
)
from exports.verify import verify
from harmonize.problems import ChoraleError
from tests.core.exports import made

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "test-release")
RECIPE = f"""
[release]
slug = "letters"
version = "0.1.0"
title = "Letters"
changes = "First."
[data]
corpora = ["letters"]
campaigns = ["reading"]
models = ["echo-1"]
{made.LAYERS}
[[layers]]
name = "model"
scheme = "goemotions-28@1.0.0"
perspective = "reader"
method = "model-confidence"
raters = "echo-1"
[[layers]]
name = "settled"
scheme = "goemotions-28@1.0.0"
perspective = "reader"
method = "majority-ruled"
"""
SALT = "ab" * 32


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: object) -> Path:
    settings.OBJECT_STORE = (tmp_path / "objects").as_uri()  # type: ignore[attr-defined]
    return tmp_path / "objects"


def fill(seed: int) -> None:
    """The same data state, its rows put in in an order that depends on the seed."""
    rng = np.random.default_rng(seed)
    corpus = Corpus.objects.create(slug="letters", title="Letters", licence="CC0-1.0")
    scheme = registry.scheme("goemotions-28@1.0.0")
    people = {
        name: Rater.objects.create(kind="person", pseudonym=f"x{seed}{name}", corpus=corpus, source_key=name)
        for name in rng.permutation(["r1", "r2", "r3"])
    }
    model = {"engine": "echo", "name": "echo", "version": "1", "prompt_version": "p1"}
    echo = Rater.objects.create(kind="model", pseudonym="echo-1", model=model)
    for other in range(seed):  # so that the row's number is another one in every database
        Job.objects.create(kind="describe", params={"other": other})
    Job.objects.create(kind="prelabel", title="Echo", params={"collection": "some", "engine": "echo"}, state="done")
    here = {name: Rater.objects.create(kind="person", pseudonym=name) for name in rng.permutation(["anna", "bo"])}
    items = {}
    for i in rng.permutation(40):
        items[int(i)] = Item.objects.create(
            uuid=uuid.uuid5(NAMES, f"item {i}"), corpus=corpus, source_id=f"s{i}", modality="text", text=f"größe {i}"
        )
    form = Form.objects.create(slug="reading", title="Reading")
    collection = Collection.objects.create(slug="some", title="Some")
    CollectionItem.objects.bulk_create(
        [CollectionItem(collection=collection, item=items[i], position=i) for i in range(10)]
    )
    campaign = Campaign.objects.create(slug="reading", title="Reading", form=form, collection=collection)
    Consent.objects.create(rater=here["anna"], sheet_version="1", purposes={"rating": True, "public_release": True})
    Consent.objects.create(rater=here["bo"], sheet_version="1", purposes={"rating": True, "public_release": False})
    answers = [(i, name, people[name], None) for i in range(40) for name in people]
    answers += [(i, name, here[name], campaign) for i in range(10) for name in here]
    answers += [(i, "echo-1", echo, None) for i in range(40)]
    for place in rng.permutation(len(answers)):
        answer(scheme, items, *answers[place])
    judges = {name: User.objects.create(username=name) for name in rng.permutation(["judge one", "judge two"])}
    for i in rng.permutation(3):
        who, said = judges["judge one" if i else "judge two"], [[17], [], [2, 3]][i]
        row = Ruling.objects.create(
            item=items[i], scheme=scheme, perspective="reader", labels=said, reason=f"Reason {i}", decided_by=who
        )
        Ruling.objects.filter(pk=row.pk).update(created_at=dt.datetime(2026, 4, 1 + i, tzinfo=dt.UTC))
    Ruling.objects.create(
        item=items[5], scheme=scheme, perspective="reader", labels=[1], reason="Taken back.",
        decided_by=judges["judge one"], retired_at=dt.datetime(2026, 4, 9, tzinfo=dt.UTC),
    )  # fmt: skip


def answer(scheme, items, i: int, name: str, rater: Rater, campaign: Campaign | None) -> None:  # type: ignore[no-untyped-def]
    seed = uuid.uuid5(NAMES, f"{i} {name}")
    rng = np.random.default_rng(seed.int % 2**32)
    codes = sorted(int(c) for c in rng.choice(28, size=rng.integers(0, 3), replace=False))
    chances = [float(p) for p in rng.dirichlet(np.ones(28))] if name == "echo-1" else None
    response = Response.objects.create(
        slot=uuid.uuid5(seed, "slot"),
        item=items[i],
        rater=rater,
        campaign=campaign,
        form=campaign.form if campaign else None,
        job=Job.objects.get(kind="prelabel") if chances else None,
        origin="model" if chances else "manual" if campaign else "imported",
        submitted_at=dt.datetime(2026, 3, 1 + i % 28, tzinfo=dt.UTC),
    )
    Judgment.objects.create(
        key=uuid.uuid5(seed, "key"),
        response=response,
        item=items[i],
        rater=rater,
        scheme=scheme,
        perspective="reader",
        status=0 if codes or chances else 1,
        labels=codes,
        probabilities=chances,
    )


def built(recipe: str = RECIPE) -> Release:
    release = releases.draft_release(by=None, recipe=recipe, salt=SALT)
    control.run_here(engine.start("release", by=None, params={"release": release.pk}))
    return Release.objects.get(pk=release.pk)


def sides(release: Release) -> dict[str, str]:
    rows = release_versions.sides(release).to_pylist()
    return {row["uuid"]: row["split"] for row in rows if row["split"]}


def folder(release: Release) -> Path:
    path = object_store.local_path(release.folder)
    assert path is not None
    return path


def test_rows_in_another_order_in_another_database_give_the_same_bytes(store: Path) -> None:
    fill(1)
    first = built()
    kept = {p.relative_to(folder(first)): p.read_bytes() for p in folder(first).rglob("*") if p.is_file()}
    with connection.cursor() as cursor:
        tables = [t for t in connection.introspection.table_names(cursor) if t != "django_migrations"]
        names = ", ".join(f'"{t}"' for t in tables)
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    folder(first).rename(store / "elsewhere")
    fill(2)
    again = built()
    assert {p.relative_to(folder(again)): p.read_bytes() for p in folder(again).rglob("*") if p.is_file()} == kept
    assert again.manifest["digest"] == first.manifest["digest"]


def test_a_judgment_without_consent_enters_no_release() -> None:
    fill(1)
    Judgment.objects.filter(response__campaign__slug="reading").update(origin="prediction-changed")
    release = built()
    table = pq.read_table(folder(release) / "judgments.parquet")
    origins = {(row["campaign"], row["origin"]) for row in table.to_pylist()}
    assert origins == {(None, "imported"), (None, "model"), ("reading", "prediction-changed")}, "of each field"
    assert table.num_rows == 40 * 3 + 10 + 40
    (job,) = set(table.filter(pc.equal(table["kind"], "model"))["job"].to_pylist())
    assert job.startswith("prelabel-")
    assert sum(name == "reading" for name in table["campaign"].to_pylist()) == 10
    assert release.summary["judgments_without_consent"] == 10
    raters = pq.read_table(folder(release) / "raters.parquet")
    assert sorted(raters["kind"].to_pylist()) == ["model"] + ["person"] * 4
    assert not {"anna", "bo"} & set(raters["rater"].to_pylist())
    items = pq.read_table(folder(release) / "items.parquet").to_pylist()
    votes = {int(row["source_id"][1:]): row["goemotions_n"] for row in items}
    assert votes == {i: 4 if i < 10 else 3 for i in range(40)}


def test_a_release_that_is_frozen_is_built_again_and_compared() -> None:
    fill(1)
    release = built()
    assert (release.state, releases.verify_release(release).ok) == ("frozen", True)
    assert release_building.build_release(by=None, release=release).manifest == release.manifest
    Judgment.objects.filter(rater__pseudonym="anna").first().delete()  # type: ignore[union-attr]
    with pytest.raises(ChoraleError, match=r"other bytes in .*judgments\.parquet"):
        release_building.build_release(by=None, release=release)
    assert releases.verify_release(release).ok
    with pytest.raises(ChoraleError, match="another recipe"):
        releases.draft_release(by=None, recipe=RECIPE.replace("First.", "Second."))


def test_a_model_trained_on_reserved_items_closes_the_gate() -> None:
    fill(1)
    Item.objects.filter(source_id="s3").update(reserved="test")
    echo = Rater.objects.get(pseudonym="echo-1")
    RaterTrainingItem.objects.create(rater=echo, item=Item.objects.get(source_id="s3"))
    release = releases.draft_release(by=None, recipe=RECIPE, salt=SALT)
    with pytest.raises(ChoraleError, match="trained on 1 reserved"):
        release_building.build_release(by=None, release=release)
    assert not folder(release).exists()
    assert Release.objects.get(pk=release.pk).state == "failed"


def test_a_new_version_names_its_parent_and_keeps_every_side() -> None:
    fill(1)
    first = built()
    Item.objects.filter(source_id__in=["s1", "s2"]).delete()
    second = built(RECIPE.replace("0.1.0", "0.2.0").replace("First.", "Two items withdrawn."))
    assert second.manifest["parents"] == [{"version": "0.1.0", "digest": first.manifest["digest"]}]
    before, after = sides(first), sides(second)
    assert len(after) == 38
    assert all(before[item] == side for item, side in after.items())
    reasons = pq.read_table(folder(second) / "items.parquet")["split_reason"].to_pylist()
    assert set(reasons) == {"kept"}


def test_an_item_left_out_for_a_version_comes_back_to_its_side() -> None:
    fill(1)
    dealt = RECIPE + "[splits]\ntrain = 0.4\ndev = 0.3\ntest = 0.3\nstratify = 'goemotions'\n"
    first = sides(built(dealt))
    train = {uuid for uuid, side in first.items() if side == "train"}
    gone = list(Item.objects.filter(uuid__in=train, collectionitem=None))
    few = {str(one.uuid) for one in gone}
    Item.objects.filter(uuid__in=few).update(corpus=Corpus.objects.create(slug="away", title="Away", licence="CC0-1.0"))
    second = sides(built(dealt.replace("0.1.0", "0.2.0")))
    assert second == {uuid: side for uuid, side in first.items() if uuid not in few}
    Item.objects.filter(pk__in=[one.pk for one in gone]).update(corpus=Corpus.objects.get(slug="letters"))
    assert sides(built(dealt.replace("0.1.0", "0.3.0"))) == first


def test_what_a_killed_worker_left_is_no_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """The build dies after the tables; the row says building, no folder shows; a second run ends like any other."""
    fill(1)
    release = releases.draft_release(by=None, recipe=RECIPE, salt=SALT)

    def die(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("exports.release.figures.figures", die)
        with pytest.raises(KeyboardInterrupt):
            release_building.build_release(by=None, release=release)
    release.refresh_from_db()
    assert release.state == "building"
    assert not folder(release).exists()
    with pytest.raises(ChoraleError, match="no files"):
        releases.verify_release(release)
    assert verify(folder(built())).ok


def test_files_finished_but_not_recorded_are_made_again() -> None:
    """A worker killed between the rename and the commit: what was erased since then could still be in them."""
    fill(1)
    release = built()
    Release.objects.filter(pk=release.pk).update(state="building", manifest={})
    Item.objects.get(source_id="s9").delete()
    again = release_building.build_release(by=None, release=Release.objects.get(pk=release.pk))
    assert (again.state, pq.read_table(folder(again) / "items.parquet").num_rows) == ("frozen", 39)
    assert verify(folder(again)).ok


def test_commands_build_publish_and_verify(tmp_path: Path) -> None:
    fill(1)
    (tmp_path / "recipe.toml").write_text(RECIPE)
    out = StringIO()
    call_command("build_release", str(tmp_path / "recipe.toml"), "--here", "--publish", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["release"], told["items"], told["state"]) == ("letters@0.1.0", 40, "published")
    out = StringIO()
    call_command("verify_release", "0.1.0", "--recompute", stdout=out)
    assert "OK: release 0.1.0" in out.getvalue()
    assert "RECOMPUTED" in out.getvalue()
    path = Path(told["folder"]) / "raters.parquet"
    path.write_bytes(path.read_bytes()[:-8] + b"\0" * 8)
    with pytest.raises(CommandError, match=r"raters\.parquet"):
        call_command("verify_release", "letters@0.1.0", stdout=out)
    (tmp_path / "recipe.toml").write_text(RECIPE.replace('"letters"]', '"nowhere"]').replace("0.1.0", "0.3.0", 1))
    with pytest.raises(CommandError, match="nowhere"):
        call_command("build_release", str(tmp_path / "recipe.toml"), "--here", stdout=out)


def test_a_store_that_is_not_a_local_folder(settings: object) -> None:
    settings.OBJECT_STORE = "memory://chorale"  # type: ignore[attr-defined]
    fill(1)
    release = built()
    assert releases.verify_release(release).ok
    assert sides(release)
    with object_store.open_key(f"{release.folder}/items.parquet") as file:
        assert pq.read_table(file).num_rows == 40


def test_withdrawing_an_item_reaches_every_release_and_a_patch_follows() -> None:
    fill(1)
    first = built()
    item = Item.objects.get(source_id="s3")
    before = sides(first)
    drafts = withdrawals.withdraw_item(by=None, item=item, reason='its author asked, "please"')
    first.refresh_from_db()
    assert first.state == "withdrawn"
    report = releases.verify_release(first)
    assert report.ok
    assert {"items.parquet", "judgments.parquet"} <= set(report.withdrawn)
    assert "raters.parquet" not in report.withdrawn
    assert [draft.version for draft in drafts] == ["0.1.1"]
    assert str(item.uuid) not in sides(first)
    item.delete()
    control.run_here(engine.start("release", by=None, params={"release": drafts[0].pk}))
    patch = Release.objects.get(pk=drafts[0].pk)
    assert (patch.state, patch.summary["items"]) == ("frozen", 39)
    assert sides(patch) == {uuid: side for uuid, side in before.items() if uuid != str(item.uuid)}
    assert "its author asked" in (folder(patch) / "README.md").read_text("utf-8")
    assert Event.objects.filter(action="release.withdraw").count() == 1


def test_withdrawing_a_rater_finds_each_pseudonym() -> None:
    fill(1)
    first = built()
    second = built(RECIPE.replace('version = "0.1.0"', 'version = "0.2.0"').replace("First.", "Second."))
    anna = Rater.objects.get(pseudonym="anna")
    assert withdrawals.withdraw_rater(by=None, rater=Rater.objects.get(pseudonym="bo"), reason="x") == []
    drafts = withdrawals.withdraw_rater(by=None, rater=anna, reason="consent withdrawn")
    assert [draft.version for draft in drafts] == ["0.2.1"]
    for release in (first, second):
        release.refresh_from_db()
        assert release.state == "withdrawn"
        assert "raters.parquet" in releases.verify_release(release).withdrawn
    with pytest.raises(ChoraleError, match="withdrawn"):
        releases.diff_releases(first, second)


def test_withdrawing_a_rater_finds_ratings_that_are_counts_alone() -> None:
    fill(1)
    first = built(RECIPE.replace("[data]", '[data]\ncounts_only = ["letters"]'))
    assert "person" not in pq.read_table(folder(first) / "raters.parquet")["kind"].to_pylist()
    assert (
        withdrawals.withdraw_rater(by=None, rater=Rater.objects.create(kind="person", pseudonym="c"), reason="x") == []
    )
    drafts = withdrawals.withdraw_rater(by=None, rater=Rater.objects.get(source_key="r2"), reason="consent withdrawn")
    assert [draft.version for draft in drafts] == ["0.1.1"]
    assert {"counts.parquet", "items.parquet"} <= set(releases.verify_release(first).withdrawn)
