"""Learning a crosswalk, fitting Gaussians and deriving columns: jobs on a corpus labelled twice, and their pages."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.urls import reverse

from chorale.jobs import control, engine
from chorale.store import access, bridge, crosswalk_ways, deriving, registry, vad_fits
from chorale.store.models import Aggregate, Corpus, Crosswalk, Event, Item, Job, User
from chorale.store.models.people import Role
from harmonize.affect import category_posterior, load_norms, vad_points
from harmonize.affect.derived import turn_shift
from harmonize.crosswalks import map_judgments
from harmonize.problems import ChoraleError
from harmonize.records import Semantics, SoftLabels
from tests.service import doubly_labelled as twice
from tests.service import web_scene
from tests.service.test_scheme_pages import plain_static

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["plain_static"]
SCOPE = {"scope_type": "corpus", "scope": "twice", "seed": 0}
PUBLISHED = "mikels-8--sentiment-3@1.0.0"


def layer(ref: str, perspective: str = "writer") -> str:
    return f"{ref}|{perspective}|people"


@pytest.fixture
def admin() -> User:
    return web_scene.person("ada", Role.ADMIN)


def client_of(person: User) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def run(kind: str, by: User, **params: Any) -> Job:
    return control.run_here(engine.start(kind, by=by, params={**SCOPE, **params}))


def test_a_learned_crosswalk_is_proposed_with_its_evidence_and_ranks_by_its_fit(admin: User) -> None:
    twice.build(count=400)
    ends = {"source": layer(twice.SOURCE), "target": layer(twice.TARGET)}
    client = client_of(admin)
    asked = client.get(reverse("crosswalk-learn"), {"place": "corpus:twice"})
    assert dict(asked.context["form"].fields["source"].choices).keys() >= {layer(twice.SOURCE), layer(twice.TARGET)}
    assert layer(twice.VALUES) not in dict(asked.context["form"].fields["target"].choices), "numbers share no mass"
    sent = client.post(reverse("crosswalk-learn") + "?place=corpus:twice", {**ends, "against": PUBLISHED, "seed": 0})
    job = Job.objects.get(kind="learn_crosswalk")
    assert sent.headers["Location"] == reverse("job", args=[job.uuid])
    control.run_here(job)
    row = Crosswalk.objects.get(ref="mikels-8--sentiment-3--learned@1.0.0")
    assert reverse("crosswalk", args=[row.ref]) in client.get(reverse("job", args=[job.uuid])).content.decode()
    core = row.core
    assert row.status == "proposed"
    assert Event.objects.get(action="crosswalk.propose").by == admin
    positive = core.target_labels.code("positive")
    weights = core.matrix()[:, positive]
    truth = registry.crosswalk(PUBLISHED).core.matrix()[:, positive]
    assert weights[truth == 1].min() > weights[truth == 0].max() + 0.3, "the sign of each label is found"
    told = core.facts["evidence"]  # type: ignore[index]
    assert told["held_out"]["learned"]["brier"] < told["held_out"]["base"]["brier"]
    assert told["comparison"]["crosswalk"] == PUBLISHED
    assert 0 < told["floor"]["moved"] < 1
    page = client.get(reverse("crosswalk", args=[row.ref])).content.decode()
    for word in ("What it was learned from", "Noise floor", "Base rates alone", "P(sentiment-3", "items not seen"):
        assert word in page
    found = {way.steps: way.misfit for way in crosswalk_ways.ranked(row.source, row.target)}
    assert found[(row.ref,)] == told["held_out"]["learned"]["brier"]
    assert found[(PUBLISHED,)] == told["held_out"]["published"]["brier"]
    chains = {tuple(way["steps"]): way["brier"] for way in told["ways"]}
    assert chains[PUBLISHED,] == pytest.approx(told["held_out"]["published"]["brier"])
    assert all(found[steps] == brier for steps, brier in chains.items()), "ways of several steps are measured too"
    shown = client.get(reverse("crosswalk-ways", args=[PUBLISHED])).content.decode()
    assert shown.index(PUBLISHED) < shown.index(row.ref), "what is accepted comes before what fits better"
    assert "400 items, corpus twice" in shown
    again = run("learn_crosswalk", admin, **ends)
    assert again.result["crosswalk"] == "mikels-8--sentiment-3--learned@1.1.0", "a version of its own"


def test_a_phase_that_was_done_is_not_done_again_after_a_kill(admin: User, monkeypatch: Any) -> None:
    twice.build(count=220)
    from chorale.store import learning

    job = engine.start("learn_crosswalk", by=admin, params={**SCOPE, "source": layer(twice.SOURCE),
                       "target": layer(twice.TARGET), "against": ""})  # fmt: skip
    calls: list[str] = []
    real = learning.fit
    monkeypatch.setattr(learning, "fit", lambda params: calls.append("fit") or real(params))
    monkeypatch.setattr(learning, "floor", lambda params: (_ for _ in ()).throw(KeyboardInterrupt))
    shard = job.shards.get(number=0)
    with pytest.raises(KeyboardInterrupt):  # as a killed worker: nothing after the last commit
        engine.work_on(shard.pk, seconds=60)
    assert Job.objects.get(pk=job.pk).done == 1
    monkeypatch.setattr(learning, "floor", lambda params: {"refused": "not drawn"})
    job.shards.update(lease_until=None)
    assert control.run_here(job).state == "done"
    assert calls == ["fit"]
    assert Crosswalk.objects.filter(ref__contains="--learned").count() == 1


def test_too_few_items_are_refused_before_anything_starts(admin: User) -> None:
    twice.build(count=60)
    with pytest.raises(ChoraleError, match="60 items of twice carry both labels"):
        run("learn_crosswalk", admin, source=layer(twice.SOURCE), target=layer(twice.TARGET), against="")
    answer = client_of(admin).post(
        reverse("crosswalk-learn") + "?place=corpus:twice",
        {"source": layer(twice.SOURCE), "target": layer(twice.TARGET), "against": "", "seed": 0},
    )
    assert answer.status_code == 422
    assert "carry both labels" in answer.content.decode()
    assert not Job.objects.exists()


def test_gaussians_are_fitted_drawn_and_tried(admin: User) -> None:
    twice.build(count=240)
    job = run("fit_gaussians", admin, categories=layer(twice.SOURCE), values=layer(twice.VALUES), reject=0.05)
    found = vad_fits.rebuilt(job.result)
    by_name = dict(zip(found.labels, found.points[:, 0], strict=True))
    assert min(by_name[n] for n in ("awe", "contentment")) > max(by_name[n] for n in ("fear", "sadness")) + 1
    assert job.result["forward"]["folds"] == 5
    kept = job.result["forward"]["kept_overall"], job.result["forward"]["kept_overall_low"]
    assert 0 < kept[1] < kept[0] < 1
    client = client_of(admin)
    page = client.get(reverse("gaussians-one", args=[job.uuid]), {"valence": 8, "arousal": 7, "dominance": 7})
    soft = SoftLabels(Semantics.DIMENSION, pa.array(["x"]), found.scheme.names, np.array([[8.0, 7.0, 7.0]]),
                      np.array([-1], np.int32), "as typed")  # fmt: skip
    posterior = category_posterior(soft, found, None, reject=0.05)
    shown = {row.name: row.value for row in page.context["trial"].mapped.rows}
    assert shown == pytest.approx(dict(zip(found.labels, posterior.values[0], strict=True)))
    assert page.content.decode().count('" fill-opacity="') == len(found.labels)
    assert "k-means with 8 groups" in page.content.decode()
    assert "is outside its range" in client.get(
        reverse("gaussians-one", args=[job.uuid]), {"valence": 12}
    ).content.decode()  # fmt: skip
    assert str(job.uuid) in client.get(reverse("gaussians")).content.decode()
    assert str(job.uuid) in client.get(reverse("scheme", args=[twice.VALUES])).content.decode(), "where it is used"
    reader = client_of(web_scene.person("rhea", Role.RESEARCHER))
    assert reader.get(reverse("gaussians-one", args=[job.uuid])).status_code == 200
    assert reader.get(reverse("gaussians-fit")).status_code == 403
    assert client_of(web_scene.person("anna", Role.ANNOTATOR)).get(reverse("gaussians")).status_code == 403


def test_labels_are_placed_by_word_norms_from_a_page(admin: User) -> None:
    twice.build(count=40)
    registry.crosswalk("mikels-8--ekman-6")
    client = client_of(admin)
    address = reverse("points-new") + "?place=corpus:twice"
    offered = dict(client.get(address).context["form"].fields["points"].choices)
    chosen = next(value for value, words in offered.items() if "to ekman-6@" in words)
    norms, scheme, via = chosen.split("|")
    assert client.post(address, {"points": "none|of|these"}).status_code == 422
    sent = client.post(address, {"points": chosen})
    job = Job.objects.get(kind="harmonize")
    assert sent.headers["Location"] == reverse("job", args=[job.uuid])
    done = control.run_here(job)
    table, core = load_norms(norms), registry.crosswalk(via).core
    judged = bridge.judgments(registry.scheme(scheme), perspective="writer", who="people", corpus=Corpus.objects.get())
    expected = vad_points(map_judgments(judged, core), table)
    place = np.flatnonzero(~np.isnan(expected.values).any(axis=1))
    assert done.result["maps"][0]["items"] == len(place) > 30
    row = Aggregate.objects.get(method=f"points:{norms}", item_id=int(expected.items[place[0]].as_py()))
    assert row.values == pytest.approx(expected.values[place[0]].tolist())
    assert row.crosswalk.ref == via
    page = client.get(reverse("gaussians")).content.decode()
    assert via in page
    assert table.cite in page
    reader = client_of(web_scene.person("rhea", Role.RESEARCHER))
    assert via in reader.get(reverse("gaussians")).content.decode()
    assert reader.get(address).status_code == 403
    with pytest.raises(ChoraleError, match="Nobody used"):
        run("harmonize", admin, crosswalks=[], points=[{"norms": norms, "scheme": "isear-7"}])


def test_derived_columns_are_those_of_the_rule_and_download(admin: User, settings: Any, tmp_path: Any) -> None:
    settings.OBJECT_STORE = tmp_path.as_uri()
    twice.build(count=80)
    job = run("derive_columns", admin, rule="turn-shift@1", layer=layer(twice.VALUES), other="", norms="")
    row = registry.scheme(twice.VALUES)
    corpus = Item.objects.first().corpus  # type: ignore[union-attr]
    from annotation.aggregation import dimension_mean

    soft = dimension_mean(bridge.judgments(row, perspective="writer", who="people", corpus=corpus))
    items = {str(item.pk): item for item in Item.objects.all()}
    order = [items[key] for key in soft.items.to_pylist()]
    expected = turn_shift(soft, [i.group for i in order], [i.position for i in order])
    client = client_of(admin)
    answer = client.get(reverse("derived-file", args=[job.uuid]))
    table = pq.read_table(io.BytesIO(b"".join(answer.streaming_content))).to_pylist()  # type: ignore[attr-defined]
    told = {line["item"]: line["size"] for line in table}
    wanted = {str(i.uuid): s for i, s in zip(order, expected.size, strict=True) if np.isfinite(s)}
    assert told == pytest.approx(wanted, rel=1e-5)
    assert len(told) == 80 - 80 // twice.TURNS, "the first turn of each dialogue has none"
    page = client.get(reverse("derived-one", args=[job.uuid])).content.decode()
    assert 'id="sizes"' in page
    assert f"{len(told)} of 80 have a value" in page
    gap = run("derive_columns", admin, rule="perspective-gap@1", layer=layer(twice.VALUES),
              other=layer(twice.VALUES, "reader"), norms="")  # fmt: skip
    assert gap.result["means"][0] == pytest.approx(0.5, abs=0.1), "readers were made half a point higher"
    assert len(access.results_of(admin, deriving.KIND)) == 2
    refused = client.post(
        reverse("derived-new") + "?place=corpus:twice",
        {"rule": "perspective-gap@1", "layer": layer(twice.VALUES), "other": "", "norms": ""},
    )
    assert refused.status_code == 422
    assert "needs a second perspective" in refused.content.decode()
