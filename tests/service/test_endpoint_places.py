"""All workers together never have more requests under way at an endpoint than it allows."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from annotation.model_raters.limiter import Limiter
from chorale.jobs import ask_model, control, engine
from chorale.store import endpoint_places, endpoints
from chorale.store.models import EndpointUse, Job, Judgment, ModelRequest, Shard
from tests.model_server.server import ModelServer
from tests.service.notes_scene import begin, collect

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import sys; sys.path[:0] = ["platform", "."]
import django; django.setup()
from django.conf import settings; settings.DATABASES["default"]["NAME"] = sys.argv[1]
from chorale.jobs import engine, known; known.load("prelabel")
print("ready", flush=True); sys.stdin.readline()
while engine.work_on(int(sys.argv[2])): pass
"""


def shards(count: int) -> list[Shard]:
    job = Job.objects.create(kind="prelabel", title="x")
    return [Shard.objects.create(job=job, number=number) for number in range(count)]


def granted() -> int:
    return sum(EndpointUse.objects.values_list("granted", flat=True))


def test_places_are_shared_alike_and_never_given_twice() -> None:
    row = endpoints.register(by=None, slug="words", url="http://x/v1", model="words", most_at_once=9)
    one, two, three = shards(3)
    assert endpoint_places.take(row, one) == 9
    assert endpoint_places.take(row, two, busy=0) == 0, "the first still holds all"
    assert endpoint_places.take(row, one, busy=7) == 5
    assert granted() == 7, "requests under way stay until they are answered"
    assert endpoint_places.take(row, two) == 2
    assert endpoint_places.take(row, one, busy=0) == 5
    assert endpoint_places.take(row, two) == 4
    assert granted() == 9
    assert endpoint_places.take(row, three) == 0
    EndpointUse.objects.filter(shard=one).update(until=timezone.now() - dt.timedelta(seconds=1))  # its worker died
    assert endpoint_places.take(row, three) == 4
    endpoint_places.give_back(two)
    assert endpoint_places.take(row, three) == 9


def test_two_workers_share_one_endpoints_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask_model, "LEAST", 100)
    collect("notes", 200)
    with ModelServer(latency=0.1) as server:
        endpoints.register(by=None, slug="words", url=server.url, model="words", most_at_once=6)
        job = begin()
        numbers = list(Shard.objects.filter(job=job).exclude(number=engine.CLOSING).values_list("pk", flat=True))
        assert len(numbers) == 2
        server.most_at_once = 0
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "chorale.settings"}
        workers = [
            subprocess.Popen(
                [sys.executable, "-c", WORKER, str(connection.settings_dict["NAME"]), str(number)],
                cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            for number in numbers
        ]  # fmt: skip
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.close()
        start = time.monotonic()
        at_work = 0
        while any(worker.poll() is None for worker in workers):
            at_work = max(at_work, EndpointUse.objects.filter(granted__gt=0).count())
            assert granted() <= 6
            assert time.monotonic() - start < 90
            time.sleep(0.1)
    assert [worker.returncode for worker in workers] == [0, 0]
    assert at_work == 2, "both were asking at the same time"
    assert 3 < server.most_at_once <= 6
    assert Judgment.objects.count() == ModelRequest.objects.count() == 200
    assert not EndpointUse.objects.exists()


def test_a_job_begins_with_half_of_what_the_last_one_found(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[float] = []

    class Noted(Limiter):
        def __init__(self, **named: Any) -> None:
            super().__init__(**named)
            begun.append(self.limit)

    monkeypatch.setattr(ask_model, "Limiter", Noted)
    collect("notes", 60)
    with ModelServer() as server:
        endpoints.register(by=None, slug="words", url=server.url, model="words", most_at_once=40)
        control.run_here(begin())
        control.run_here(begin(show_language=True))
    assert begun == [8, 20]
