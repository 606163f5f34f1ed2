"""Thousands of answers while everything breaks once: both sides end equal, and nothing is there twice."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from annotation.studio import Answer, write_result
from chorale.embedded.label_studio import LabelStudio
from chorale.jobs import control, engine, tasks
from chorale.proxy import tickets
from chorale.store import campaigns, ledger
from chorale.store.models import Campaign, Judgment, Response, Seat, SyncProblem, User
from harmonize.records import Status
from tests.service.campaign_rows import clear_studio, make_campaign
from tests.service.rater_browser import RaterBrowser
from tests.stack import Address, Worker

pytestmark = [pytest.mark.deep, pytest.mark.django_db(transaction=True), pytest.mark.timeout(7200)]
NAMES = ("ana", "ben", "chloe", "dora")
SUBMITS = int(os.environ.get("CHORALE_SOAK", "2000"))
HALT = 3600.0  # seconds


class Shift(threading.Thread):
    """One rater at work until nothing is left; a change of mind now and then; what fails is tried again."""

    def __init__(self, address: str, ticket: str, results: list[list[dict[str, Any]]]) -> None:
        super().__init__(daemon=True)
        self.browser, self.results = RaterBrowser(address), results
        self.browser.enter(ticket)
        self.sent = self.changed = 0
        self.said: Counter[str] = Counter()
        self.end = time.monotonic() + HALT

    def run(self) -> None:
        while time.monotonic() < self.end:
            try:
                if self._turn():
                    return
            except httpx.HTTPError as error:
                self.said[type(error).__name__] += 1
                time.sleep(1)

    def _turn(self) -> bool:
        """One item; True when there are no more."""
        answer = self.browser.ask_next()
        if answer.status_code == 404:
            return True
        if answer.status_code != 200:
            return self._again(answer)
        number = answer.json()["id"]
        made = self.browser.submit(number, self.results[number % len(self.results)], lead_time=2.0)
        if made.status_code != 201:
            return self._again(made)
        self.sent += 1
        if number % 20 == 0:
            path = f"/api/annotations/{made.json()['id']}/"
            body = {"result": self.results[(number + 1) % len(self.results)]}
            changed = self.browser.http.patch(path, json=body)
            self.changed += changed.status_code == 200
        return False

    def _again(self, answer: httpx.Response) -> bool:
        self.said[f"{answer.status_code}"] += 1
        time.sleep(1)
        return False


@pytest.fixture
def campaign(label_studio: Address, proxy: Address) -> Iterator[Campaign]:
    made = make_campaign(count=SUBMITS // len(NAMES), overlap=len(NAMES), names=NAMES)
    yield made
    clear_studio()


def results(campaign: Campaign) -> list[list[dict[str, Any]]]:
    layers = campaigns.layers_of(campaign.form)
    return [
        write_result(
            [
                Answer("emotion", Status.ANSWERED, labels=(place,)),
                Answer("vad", Status.ANSWERED, values=(1.0 + place % 9, 5.0, 9.0)),
            ],
            layers,
        )
        for place in range(28)
    ]


def test_both_sides_end_equal(campaign: Campaign, proxy: Address, worker: Worker) -> None:
    """No web server runs, so that every webhook is lost; Label Studio is stopped and started again; the worker is
    killed and comes back. A sync is begun every few seconds, as beat would."""
    _restart_label_studio(away=0)  # as it runs elsewhere, with more than the one process that most tests need
    given = results(campaign)
    shifts = [Shift(proxy.url, tickets.issue(User.objects.get(username=name), campaign), given) for name in NAMES]
    for shift in shifts:
        shift.start()
    _break_things(shifts, worker)
    for shift in shifts:
        shift.join()
    print("submits", [shift.sent for shift in shifts], "changes", [shift.changed for shift in shifts])
    print("refused and tried again", [dict(shift.said) for shift in shifts])
    control.wait(engine.start("sync_campaign", by=None, params={"campaign": campaign.slug}), timeout=900)
    control.wait(engine.start("sync_campaign", by=None, params={"campaign": campaign.slug, "full": True}), timeout=1800)
    book = ledger.ledger(campaign)
    print("ledger", {name: value for name, value in book.to_dict().items() if name != "differences"})
    assert (book.balanced, book.differences) == (True, [])
    assert book.answers == book.taken == Response.objects.filter(retired_at=None).count() == SUBMITS
    assert Seat.objects.filter(state="filled").count() == SUBMITS
    assert not SyncProblem.objects.filter(state="open").exists()
    current = Judgment.objects.filter(retired_at=None)
    assert current.count() == 2 * SUBMITS
    assert Judgment.objects.count() >= 2 * SUBMITS + 2 * sum(shift.changed for shift in shifts)
    campaign.refresh_from_db()
    assert (campaign.responses, campaign.complete_items) == (SUBMITS, SUBMITS // len(NAMES))


def _break_things(shifts: list[Shift], worker: Worker) -> None:
    """At a quarter Label Studio goes, at half the worker is killed, at six tenths it comes back."""
    plan = [(0.25, _restart_label_studio), (0.5, worker.kill), (0.6, worker.restart)]
    synced = 0.0
    while any(shift.is_alive() for shift in shifts):
        done = sum(shift.sent for shift in shifts) / SUBMITS
        while plan and done >= plan[0][0]:
            plan.pop(0)[1]()
        if time.monotonic() - synced > 15:
            tasks.sync_open_campaigns()
            synced = time.monotonic()
        time.sleep(0.5)
    assert plan == [], "everything broke once"


def _restart_label_studio(away: float = 5.0) -> None:
    if os.environ.get("LABEL_STUDIO_URL"):
        return  # somebody else's server
    server = LabelStudio()
    server.stop()
    time.sleep(away)
    server.start()
