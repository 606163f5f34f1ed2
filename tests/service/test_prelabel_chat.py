"""Pre-labelling by a language model server: rows, failures, resumption, budget, refusal, nothing asked twice."""

from __future__ import annotations

import base64
import datetime as dt
import io
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone
from PIL import Image

from chorale.jobs import control, engine
from chorale.jobs.kinds import prelabel as kind
from chorale.store import collections, endpoints, estimates, object_store, registry
from chorale.store.models import (
    Collection,
    Corpus,
    Endpoint,
    Event,
    Item,
    Job,
    Judgment,
    ModelFailure,
    ModelRequest,
    Prompt,
    Rater,
    Response,
    Shard,
)
from harmonize.corpora.identity import item_uuid
from harmonize.problems import ChoraleError
from tests.model_server.faults import Faults
from tests.model_server.server import ModelServer
from tests.service.notes_scene import COUNT, answered, begin, collect, notes, serving
from tests.stack import Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
__all__ = ["notes"]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving() as running:
        yield running


def rows() -> list[tuple[Any, ...]]:
    """What the model said, without surrogate ids and times."""
    said = Judgment.objects.filter(rater__kind="model").order_by("item__uuid")
    fields = ("key", "item__uuid", "rater__pseudonym", "labels", "probabilities", "off_scheme", "out_of_fold", "texts")
    return list(said.values_list(*fields))


def test_every_item_gets_a_soft_label_with_its_origin(notes: Collection, server: ModelServer) -> None:
    job = control.run_here(begin())
    assert (job.done, job.total, job.failed) == (COUNT, COUNT, 0)
    rater = Rater.objects.get(kind="model")
    assert rater.model["engine"] == "chat"
    assert rater.model["prompt_version"] == Prompt.objects.get().ref
    judgment = Judgment.objects.get(item__source_id="0")
    assert judgment.labels == [registry.scheme("ekman-6").core.code("joy")]
    assert judgment.out_of_fold is True
    assert 0.04 < judgment.off_scheme < 0.2
    assert judgment.texts["cannot_tell"] > 0
    kept = ModelRequest.objects.get(key=judgment.texts["requests"][0])
    assert kept.item == judgment.item.uuid
    assert Response.objects.get(item__source_id="1").context_shown is True
    assert Response.objects.get(item__source_id="0").context_shown is False
    assert job.result["used"]["answered"] == COUNT == answered(server) == ModelRequest.objects.count()


def test_running_again_asks_nothing_and_adds_nothing(notes: Collection, server: ModelServer) -> None:
    control.run_here(begin())
    first, asked = rows(), len(server.bodies)
    job = control.run_here(begin())
    assert rows() == first
    assert len(server.bodies) == asked
    assert job.result["used"]["reused"] == COUNT


def test_a_storm_of_faults_ends_with_the_rows_of_a_calm_run(notes: Collection, server: ModelServer) -> None:
    control.run_here(begin())
    calm = rows()
    Response.objects.filter(rater__kind="model").delete()
    Rater.objects.filter(kind="model").delete()
    server.faults = Faults(rate=0.4, kinds=("429", "500", "503-html", "truncated", "cut", "no-choices"), seed=1)
    job = control.run_here(begin())
    assert rows() == calm
    used = job.result["used"]
    assert used["sent"] == used["answered"] + sum(used["retries"].values())
    assert used["answered"] == COUNT


def test_failures_are_listed_with_reasons_and_retried_alone(notes: Collection, server: ModelServer) -> None:
    Item.objects.filter(source_id="3").update(text="word " * 5000)
    Item.objects.filter(source_id="5").update(text="  ")
    job = control.run_here(begin())
    assert (job.done, job.failed, Judgment.objects.count()) == (COUNT, 2, COUNT - 2)
    listed = dict(ModelFailure.objects.values_list("item__source_id", "code"))
    assert listed == {"3": "request-refused", "5": "nothing-to-show"}
    Item.objects.filter(source_id="3").update(text="happy now")
    asked = answered(server)
    control.run_here(begin())
    assert answered(server) == asked + 1
    assert Judgment.objects.count() == COUNT - 1
    assert [f.item.source_id for f in ModelFailure.objects.all()] == ["5"]


def test_a_budget_stops_the_job_and_a_larger_one_goes_on_from_there(notes: Collection, server: ModelServer) -> None:
    with pytest.raises(ChoraleError) as stopped:
        control.run_here(begin(budget_requests=12))
    assert stopped.value.code == "budget-spent"
    paid = ModelRequest.objects.count()
    assert paid == Judgment.objects.count() == 12
    control.run_here(begin(budget_requests=100))
    assert Judgment.objects.count() == COUNT
    assert answered(server) == COUNT


def test_an_endpoint_that_cannot_is_refused_before_the_job_exists(notes: Collection) -> None:
    with ModelServer(drops=frozenset({"logprobs"})) as server:
        endpoints.register(by=None, slug="words", url=server.url, model="words")
        with pytest.raises(ChoraleError, match="without log-probabilities") as refused:
            begin()
        assert refused.value.code == "endpoint-cannot"
        assert not Job.objects.exists()
        job = control.run_here(begin(elicitation={"name": "verbalised"}))
        assert job.result["judgments"] == COUNT


def test_a_dry_run_asks_a_few_items_and_the_job_does_not_pay_for_them_again(
    notes: Collection, server: ModelServer
) -> None:
    endpoints.register(by=None, slug="words", url=server.url, model="words", price_in=2.0, price_out=8.0)
    params = {"collection": "notes-all", "scheme": "ekman-6", "perspective": "writer", "endpoint": "words"}
    told = estimates.dry_run(by=None, params=params, items=10)
    assert (told["items"], told["valid"], told["requests"], told["paid"]) == (10, 10, 10, 10)
    assert sum(told["mean_label"].values()) == pytest.approx(1, abs=1e-3)
    whole = told["whole"]
    assert whole["requests"] == COUNT
    assert whole["cost"] == pytest.approx((2 * whole["tokens_in"] + 8 * whole["tokens_out"]) / 1e6, rel=0.01)
    job = control.run_here(begin())
    assert job.result["used"]["answered"] == COUNT - 10
    assert job.result["used"]["reused"] == 10
    tokens = ModelRequest.objects.aggregate(total=Sum("prompt_tokens"))["total"]
    assert whole["tokens_in"] == pytest.approx(tokens, rel=0.05)


def picture(colour: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (900, 300), colour).save(buffer, "PNG")
    return buffer.getvalue()


def test_pictures_are_shown_resized_where_the_endpoint_sees(notes: Collection, server: ModelServer) -> None:
    corpus = Corpus.objects.create(slug="faces", title="Faces", licence="CC0-1.0")
    fs, root = object_store.filesystem()
    fs.makedirs(f"{root}/media", exist_ok=True)
    for name, colour in (("red", (220, 20, 20)), ("blue", (20, 20, 220)), ("torn", None)):
        with fs.open(f"{root}/media/{name}.png", "wb") as sink:
            sink.write(picture(colour) if colour else b"no picture at all")
        Item.objects.create(
            uuid=item_uuid("faces", name), corpus=corpus, source_id=name, modality="image", media=f"media/{name}.png"
        )
    collections.create(by=None, slug="faces-all", title="Faces", filter={"corpus": "faces"})
    with pytest.raises(ChoraleError, match="images"):  # this server drops pictures silently
        begin(collection="faces-all", image_side=128)
    with ModelServer(sees=True) as seeing:
        endpoints.register(by=None, slug="eyes", url=seeing.url, model="words")
        job = control.run_here(begin(collection="faces-all", image_side=128, endpoint="eyes"))
        sent = next(b for b in seeing.bodies if "Look at the picture" in str(b["messages"]))["messages"][-1]["content"]
    assert (job.done, job.failed) == (3, 1)
    names = registry.scheme("ekman-6").core.names
    said = {j.item.source_id: names[j.labels[0]] for j in Judgment.objects.select_related("item")}
    assert said == {"red": "anger", "blue": "sadness"}
    assert ModelFailure.objects.get().code == "image-unreadable"
    assert set(Response.objects.values_list("modality_shown", flat=True)) == {"image"}
    shown = base64.b64decode(sent[0]["image_url"]["url"].partition(",")[2])
    assert max(Image.open(io.BytesIO(shown)).size) == 128


def test_samples_and_verbalised_make_raters_of_their_own(notes: Collection, server: ModelServer) -> None:
    for way in ({"name": "logprobs"}, {"name": "samples", "count": 8, "at_once": 8}, {"name": "verbalised"}):
        control.run_here(begin(elicitation=way))
    assert Rater.objects.filter(kind="model").count() == 3
    assert Judgment.objects.count() == 3 * COUNT


def test_the_environment_names_the_model_of_auto_and_the_key_stays_out_of_the_database(
    notes: Collection, settings: Any
) -> None:
    with ModelServer(key="very-secret") as server:
        settings.LLM_URL, settings.LLM_MODEL, settings.LLM_KEY = server.url, "words", "very-secret"
        job = control.run_here(begin(endpoint=""))
    assert job.result["engine"] == "chat"
    told = str([*Endpoint.objects.values(), *Rater.objects.values(), *Job.objects.values(), *Event.objects.values()])
    assert "words" in told
    assert "very-secret" not in told


def test_a_worker_killed_between_answer_and_commit_pays_nothing_twice(
    notes: Collection, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    control.run_here(begin())
    undisturbed = rows()
    Response.objects.filter(rater__kind="model").delete()
    Rater.objects.filter(kind="model").delete()
    server.bodies.clear()

    class PowerCut(BaseException):
        """Nothing catches this: it stands for the moment at which the process is gone."""

    def cut(*_: object, **__: object) -> None:
        raise PowerCut

    job = begin()
    shard = engine._lease(Shard.objects.get(job=job, number=0).pk)
    assert shard is not None
    with monkeypatch.context() as patched:
        patched.setattr("chorale.store.predictions.write", cut)
        with pytest.raises(PowerCut):
            kind.step(engine.ShardWork(job=job, shard=shard, deadline=time.monotonic() + 5))
    assert Judgment.objects.count() == 0
    assert ModelRequest.objects.count() == COUNT
    Shard.objects.filter(pk=shard.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    control.run_here(job)
    assert rows() == undisturbed
    assert answered(server) == COUNT


def test_kill_9_of_a_worker_while_it_asks(worker: Worker) -> None:
    """Judgments stored + failures listed = items; at most what was under way at the kill is asked again."""
    collect("notes", 800)
    with ModelServer(latency=0.1, faults=Faults(rate=0.05, kinds=("429", "500", "truncated"), seed=4)) as server:
        endpoints.register(by=None, slug="words", url=server.url, model="words", most_at_once=16)
        job = begin()
        server.answered.clear()  # the probe repeats itself on purpose
        end = time.monotonic() + 60
        while ModelRequest.objects.count() < 150:
            assert time.monotonic() < end, "the worker does not ask"
            time.sleep(0.05)
        worker.kill()
        kept = ModelRequest.objects.count()
        assert kept < 800
        Shard.objects.filter(job=job, lease_until__isnull=False).update(lease_until="2000-01-01T00:00Z")
        server.faults = Faults()
        worker.restart()
        engine.nudge(job)
        ended = control.wait(job, timeout=120)
        assert (ended.done, ended.failed) == (800, 0)
        assert Judgment.objects.count() == ModelRequest.objects.count() == 800
        assert max(server.answered.values()) <= 2
        twice = sum(count == 2 for count in server.answered.values())
        assert twice <= 16 + 160 * 0.6  # under way, and answers of the half second that was not yet durable
