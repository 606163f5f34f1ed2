"""`make bench-campaign`: items into Label Studio and answers out of it, the proxy, and how soon an answer is here.

Each against Label Studio's own API in the same run. What the environment does not name (DATABASE_URL,
CELERY_BROKER_URL, LABEL_STUDIO_URL) is started for the run.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from benchmarks import campaign_scene as scenes
from benchmarks.campaign_lag import lag
from benchmarks.paired import row, run_parts, seconds, sized

RUNS = 3
TURNS = sized(40, least=10)  # next item and submit, a run
BLOCK, SETTLE = 10, 1.0  # turns in a row; seconds between
Json = dict[str, Any]


def push() -> list[Json]:
    """`campaign.push`: the job that sends a campaign's items, against posting the same batches one after another."""
    from annotation.studio.client import BATCH
    from chorale.store import campaigns, studio_push
    from chorale.store.models import StudioTask

    count = sized(20_000, least=400)
    scenes.collect("push", count)
    api, number = studio_push.connect(), iter(range(1000))

    def ours(made: Any) -> None:
        scenes.run("open_campaign", campaign=made.slug)
        assert StudioTask.objects.filter(project__campaign=made).count() == count

    def bare(project: int, rows: Sequence[Json]) -> None:
        for start in range(0, count, BATCH):
            api.http.post(
                f"/api/projects/{project}/import?return_task_ids=true",
                json=[{"data": data} for data in rows[start : start + BATCH]],
            ).raise_for_status()

    measured = []
    for turn in range(RUNS):
        made, beside = (scenes.campaign(f"push-{next(number)}", "push") for _ in range(2))
        options = campaigns.options_of(made.collection, "en")
        data = [sent_data(item, options) for item in waiting(made.projects.get())]
        there = beside.projects.get().ls_id
        measured.append(in_turn(turn, partial(bare, there, data), partial(ours, made)))
        for project in (made.projects.get(), beside.projects.get()):
            api.delete_project(project.ls_id)
            project.delete()
    told = "the bare import API, the same batches (speed, target 0.85)"
    return [row("campaign.push", told, measured, items=count)]


def in_turn(turn: int, one: Callable[[], None], two: Callable[[], None]) -> tuple[float, float]:
    """Seconds of both, in this order on even turns and in the other on odd ones."""
    if turn % 2:
        after, before = seconds(two), seconds(one)
        return before, after
    return seconds(one), seconds(two)


def by_blocks(one: Callable[[], None], two: Callable[[], None], *, turns: int) -> tuple[float, float]:
    """Seconds of many calls of both, some of the one and then of the other: what else the machine does meets both.

    What a block leaves behind to be done (an answer on its way home) is done before the next one begins.
    """
    spent = {one: 0.0, two: 0.0}
    for block in range(-(-turns // BLOCK)):
        for call in (one, two) if block % 2 else (two, one):
            time.sleep(SETTLE)
            spent[call] += seconds(lambda call=call: [call() for _ in range(BLOCK)])
    return spent[one], spent[two]


def waiting(project: Any) -> Any:
    """The items that are still to be sent."""
    from chorale.store import studio_push

    return studio_push.items_of(studio_push.waiting(project))


def sent_data(item: Any, options: Any) -> Json:
    """What is sent of an item."""
    from annotation import studio
    from chorale.store import studio_push

    return studio.item_data(studio_push.shown(item), options)


def pull() -> list[Json]:
    """`campaign.pull`: a full sync, against the bare export of the same project; two judgments an answer."""
    from django.db import connection

    from chorale.store import studio_push
    from chorale.store.models import Judgment, StudioProject

    count = sized(10_000, least=200)
    scenes.collect("pull", count)
    made = scenes.campaign("pull", "pull")
    answered(made)
    api, project = studio_push.connect(), made.projects.get()

    def ours() -> None:
        scenes.run("sync_campaign", campaign="pull", full=True)

    def bare() -> None:
        asked = {"exportType": "JSON", "download_all_tasks": "true"}
        with api.http.stream("GET", f"/api/projects/{project.ls_id}/export", params=asked, timeout=1800) as answer:
            assert sum(len(block) for block in answer.iter_raw()) > 100 * count

    def fresh() -> None:
        assert Judgment.objects.count() == 6 * count, "every answer became its judgments"
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE judgment, response, seat, job CASCADE")
        StudioProject.objects.update(cursor=None)  # as if it had never been read

    measured = []
    for turn in range(RUNS):
        measured.append(in_turn(turn, bare, ours))
        fresh()
    told = "the bare export of the same project (speed, target 0.85)"
    return [row("campaign.pull", told, measured, judgments=6 * count)]


def answered(campaign: Any) -> None:
    """Every item of a campaign in Label Studio, each with the answers of three raters."""
    from chorale.store import campaigns, studio_push, studio_raters
    from chorale.store.models import StudioTask, User
    from chorale.store.people import rater_of

    raters = [studio_raters.sign_in(rater_of(User.objects.get(username=name))) for name in scenes.NAMES]
    options, draw = campaigns.options_of(campaign.collection, "en"), random.Random(7)  # noqa: S311
    project, api = campaign.projects.get(), studio_push.connect()
    items = waiting(project)
    for start in range(0, len(items), 500):
        part = items[start : start + 500]
        votes = [list(_votes(campaign, raters, draw)) for _ in part]
        rows = [{"data": sent_data(i, options), "annotations": said} for i, said in zip(part, votes, strict=True)]
        path = f"/api/projects/{project.ls_id}/import?return_task_ids=true"
        ids = api.http.post(path, json=rows).raise_for_status().json()["task_ids"]
        StudioTask.objects.bulk_create(
            StudioTask(project=project, item=item, ls_id=n) for item, n in zip(part, ids, strict=True)
        )
    for rater in raters:
        rater.close()


def _votes(campaign: Any, raters: Sequence[Any], draw: random.Random) -> Iterator[Json]:
    for rater in raters:
        feel = [float(draw.randint(1, 9)) for _ in range(3)]
        result = scenes.answer(campaign, label=draw.randrange(28), feel=feel)
        yield {"result": result, "completed_by": rater.ls_id, "lead_time": 3.5, "was_cancelled": False}


def proxy() -> list[Json]:
    """`campaign.proxy`: next item and submit through the proxy, against the same two requests straight to Label Studio
    as the same rater, each in a project of its own."""
    from chorale.proxy import tickets
    from chorale.store import studio_raters
    from chorale.store.models import User
    from chorale.store.people import rater_of
    from tests.service.rater_browser import RaterBrowser

    scenes.collect("proxy", sized(20_000, least=(RUNS + 3) * TURNS + BLOCK))
    made, beside = (scenes.campaign(slug, "proxy") for slug in ("proxy", "direct"))
    for one in (made, beside):
        scenes.run("open_campaign", campaign=one.slug)
        one.refresh_from_db()
    person, result = User.objects.get(username="ana"), scenes.answer(made, label=17)
    straight = studio_raters.sign_in(rater_of(person))
    number = beside.projects.get().ls_id

    with scenes.proxy() as url, straight:
        browser = RaterBrowser(url)
        browser.enter(tickets.issue(person, made))

        def ours() -> None:
            answer = browser.submit(browser.next_item()["id"], result, lead_time=2.0)
            assert answer.status_code == 201, answer.text

        def direct() -> None:
            path = f"/api/dm/actions/?id=next_task&project={number}"
            task = straight.http.post(path, json={}, headers=straight.guard).raise_for_status().json()
            straight.submit(task["id"], result, lead_time=2.0)

        by_blocks(ours, direct, turns=BLOCK)  # both have warmed up
        measured = [by_blocks(ours, direct, turns=TURNS) for _ in range(RUNS + 2)]
    told = "the same requests straight to Label Studio (target 1.3)"
    return [row("campaign.proxy", told, measured, turns=TURNS)]


def on_scene(part: Callable[[], list[Json]]) -> Callable[[], list[Json]]:
    """A part on a database of its own."""

    def run() -> list[Json]:
        with scenes.scene():
            return part()

    return run


PARTS = {name: on_scene(part) for name, part in (("push", push), ("pull", pull), ("proxy", proxy), ("lag", lag))}

if __name__ == "__main__":
    print(f"bench-campaign, {dt.date.today():%Y-%m-%d}", flush=True)
    with scenes.services():
        run_parts("campaign", PARTS, sys.argv[1:])
