"""A rater's browser without a window: one cookie jar, the headers that a page of the proxy sends."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
from django.utils import timezone

from chorale.proxy import tickets
from chorale.store.models import Campaign, Seat, StudioTask, User
from chorale.store.people import rater_of

if TYPE_CHECKING:  # benchmarks use this too, and `tests.stack` begins a run of tests where it is imported
    from tests.stack import Address


class RaterBrowser:
    """Requests as the labelling page makes them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=60, headers={"Origin": url, "Sec-Fetch-Site": "same-origin"})

    def enter(self, address: str) -> httpx.Response:
        """Follow a ticket."""
        answer = self.http.get(address)
        assert answer.status_code == 303, answer.text
        return answer

    def ask_next(self) -> httpx.Response:
        """Ask for the next item."""
        return self.http.post("/api/dm/actions?id=next_task", json={})

    def next_item(self) -> dict[str, Any]:
        """The next item, which must be there."""
        answer = self.ask_next()
        assert answer.status_code == 200, answer.text
        read: dict[str, Any] = answer.json()
        return read

    def submit(self, task: int, result: Any, **fields: Any) -> httpx.Response:
        """Send an answer."""
        return self.http.post(f"/api/tasks/{task}/annotations", json={"result": result, **fields})

    def eventually(self, true: Callable[[], bool], seconds: float = 10) -> bool:
        """Whether something becomes true in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if true():
                return True
            time.sleep(0.1)
        return False


def task_of(number: int) -> int:
    """Label Studio's number of an item that the proxy calls by the number of a seat."""
    return Seat.objects.get(pk=number).task.ls_id


def seat_of(name: str, task: int) -> int:
    """The number of somebody's seat at a task of Label Studio's, made where there is none."""
    given = {"held_until": timezone.now() + dt.timedelta(hours=1)}
    rater, row = rater_of(User.objects.get(username=name)), StudioTask.objects.get(ls_id=task)
    return Seat.objects.get_or_create(task=row, rater=rater, defaults=given)[0].pk


def entered(proxy: Address, campaign: Campaign, name: str) -> RaterBrowser:
    """Somebody's browser, come in through a ticket."""
    browser = RaterBrowser(proxy.url)
    browser.enter(tickets.issue(User.objects.get(username=name), campaign))
    return browser
