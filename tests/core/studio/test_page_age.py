"""Pages of Label Studio: how old one is, when there is none, and in what order those of an export come."""

from __future__ import annotations

import datetime as dt
from collections import deque

import httpx
import pytest

from annotation.studio import client
from annotation.studio.client import Studio
from harmonize.problems import ChoraleError

DATED = "Sat, 21 Nov 2026 10:00:30 GMT"


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer takes twenty seconds."""
    monkeypatch.setattr(httpx.Response, "elapsed", dt.timedelta(seconds=20))


def studio(answers: deque[httpx.Response]) -> Studio:
    """A client before a server that gives these answers."""
    made = Studio("http://studio.invalid", "token")
    transport = httpx.MockTransport(lambda _: answers.popleft())
    made.http = httpx.Client(base_url=made.url, transport=transport)
    return made


def test_a_page_is_as_old_as_its_request() -> None:
    """An answer is dated at its end; what was written while it was being made is not in it."""
    page = studio(deque([httpx.Response(200, json={"tasks": []}, headers={"date": DATED})])).page(7)
    assert page.read_at == dt.datetime(2026, 11, 21, 10, 0, 10, tzinfo=dt.UTC)


def test_a_project_that_is_gone_is_no_empty_page() -> None:
    with pytest.raises(ChoraleError) as told:
        studio(deque([httpx.Response(404, json={"detail": "No Project"})])).page(7)
    assert (told.value.code, "nothing was changed" in told.value.fix) == ("studio-gone", True)


def test_an_export_comes_in_order_and_stops_when_told() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        numbers = [int(n) for n in request.url.params.get_list("ids[]")]
        return httpx.Response(200, json=[{"id": n} for n in reversed(numbers)], headers={"date": DATED})

    made = Studio("http://studio.invalid", "token")
    made.http = httpx.Client(base_url="http://studio.invalid", transport=httpx.MockTransport(answer))
    pages = list(made.exported(7, range(1, 12), size=2))  # type: ignore[arg-type]
    assert [task["id"] for page in pages for task in page.tasks] == list(range(1, 12))
    assert [page.last for page in pages] == [False] * 5 + [True]
    assert [page.upto for page in pages] == [2, 4, 6, 8, 10, 11]
    some = list(made.exported(7, list(range(1, 12)), size=2, go_on=lambda: False))
    assert len(some) == client.READERS, "what was asked for already is not thrown away"
