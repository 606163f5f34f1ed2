"""`campaign.lag`: from Submit in a real browser to a row here, while every webhook is lost."""

from __future__ import annotations

import os
import shutil
import threading
import time
from typing import Any

from benchmarks import campaign_scene as scenes
from benchmarks.paired import row, sized
from benchmarks.server import process

SOON, PERIOD = 5.0, 60.0  # seconds; the delta runs every minute
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Arrivals:
    """When each answer's row was first seen here; a thread that looks twenty times a second."""

    def __init__(self) -> None:
        self.seen: dict[int, float] = {}
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Arrivals:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()

    def _watch(self) -> None:
        from django.db import connection

        while not self.stop.wait(0.05):
            with connection.cursor() as cursor:
                cursor.execute("SELECT external_id FROM response WHERE external_id IS NOT NULL")
                now = time.monotonic()
                for (number,) in cursor.fetchall():
                    self.seen.setdefault(number, now)
        connection.close()

    def wait(self, numbers: set[int], seconds: float) -> None:
        """Until all of them are here, or time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and numbers - self.seen.keys():
            time.sleep(0.1)


def lag() -> list[dict[str, Any]]:
    """Submits by three raters in three browsers; then answers that went past the proxy, which the delta alone brings.

    No web server runs, so that every webhook is lost.
    """
    count = sized(100, least=12)
    scenes.collect("lag", count)
    made = scenes.campaign("lag", "lag", vad=False)
    scenes.run("open_campaign", campaign="lag")
    made.refresh_from_db()
    worker = ("celery", "-A", "chorale", "worker", "-B", "--concurrency", "2", "--without-mingle", "--schedule")
    beat = os.path.join(os.environ["CHORALE_VAR"], "bench-beat")
    with Arrivals() as arrivals, scenes.proxy(), process("worker", *worker, beat):
        sent = _browse(made, count)
        arrivals.wait(set(sent), PERIOD)
        past = _past_the_proxy(made)
        arrivals.wait(set(past), 2 * PERIOD)
    late, alone = (_waited(arrivals.seen, numbers) for numbers in (sent, past))
    share = sum(seconds <= SOON for seconds in late) / len(late)
    soon = f"95 of 100 submits within {SOON:g} s, every webhook dropped (target 1)"
    period = f"the delta's period of {PERIOD:g} s, every webhook dropped (target 1)"
    facts = {"submits": len(sent), "median": late[len(late) // 2], "longest": late[-1]}
    return [
        row("campaign.lag", soon, [(share, 0.95)], **facts),
        row("campaign.lag.period", period, [(late[-1], PERIOD)]),
        row("campaign.lag.past", f"{period}; sent past the proxy", [(alone[-1], PERIOD)], submits=len(alone)),
    ]


def _waited(seen: dict[int, float], sent: dict[int, float]) -> list[float]:
    """Seconds until each answer was here, ascending; one that never came counts as nine periods."""
    return sorted(seen.get(number, at + 9 * PERIOD) - at for number, at in sent.items())


def _browse(campaign: Any, count: int) -> dict[int, float]:
    """Submit in three browsers by turns; each answer's number and when Label Studio had it."""
    from playwright.sync_api import sync_playwright

    from chorale.proxy import tickets
    from chorale.store.models import User

    sent: dict[int, float] = {}
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        pages = []
        for name in scenes.NAMES:
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            page.set_default_timeout(120_000)
            page.goto(tickets.issue(User.objects.get(username=name), campaign))
            pages.append(page)
        for turn in range(count):
            page = pages[turn % len(pages)]  # its next item has come while the others were at work
            page.wait_for_selector(f"text={turn // len(pages) + 1} of")
            page.wait_for_selector("text=admiration")
            page.locator("label", has_text="joy").first.click()
            with page.expect_response(lambda r: r.request.method == "POST" and "/annotations" in r.url) as answer:
                page.get_by_role("button", name="Submit").first.click()
            at = time.monotonic()
            assert answer.value.status == 201, answer.value.text()
            sent[int(answer.value.json()["id"])] = at
        browser.close()
    return sent


def _past_the_proxy(campaign: Any) -> dict[int, float]:
    """A few answers sent straight to Label Studio, of which only the delta can know."""
    from chorale.store import studio_raters
    from chorale.store.models import StudioTask, User
    from chorale.store.people import rater_of

    sent: dict[int, float] = {}
    person = rater_of(User.objects.get(username="ana"))
    free = StudioTask.objects.filter(project__campaign=campaign).exclude(seats__rater=person).order_by("-pk")[:5]
    with studio_raters.sign_in(person) as session:
        for task in free:
            number = session.submit(task.ls_id, scenes.answer(campaign, label=17))
            sent[number] = time.monotonic()
    return sent
