"""The proxy under attack: a running one, before a real Label Studio that has every hole it ships with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from allauth.account.signals import password_changed
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from chorale.embedded import state
from chorale.proxy import tickets
from chorale.store import object_store, studio_push
from chorale.store.models import (
    Campaign,
    Item,
    LabelSession,
    LabelTicket,
    Response,
    Seat,
    StudioAccount,
    StudioProject,
    StudioTask,
    User,
)
from harmonize.problems import ChoraleError
from tests.service.attacks import FULL, HARMLESS, JOY, REFUSED, Attack
from tests.service.attacks_odd import ODD
from tests.service.campaign_rows import clear_studio, make_campaign
from tests.service.rater_browser import RaterBrowser, entered, seat_of, task_of
from tests.stack import Address

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Scene:
    """An attacker (ana) beside a victim (ben) who has answered, and another campaign in which only ben is."""

    ana: RaterBrowser
    ben: RaterBrowser
    names: dict[str, Any]
    secrets: list[str]

    def filled(self, value: Any) -> Any:
        """An option of an attack with the scene's numbers in it."""
        if isinstance(value, str) and value.startswith("{") and value[1:-1] in self.names:
            return self.names[value[1:-1]]
        if isinstance(value, str):
            for name, number in self.names.items():
                value = value.replace(f"{{{name}}}", str(number))
            return value
        if isinstance(value, dict):
            return {key: self.filled(inner) for key, inner in value.items()}
        return value

    def run(self, attack: Attack) -> httpx.Response:
        """One attack as ana. Sent as it is written: a client must not tidy the path up."""
        url = httpx.URL(self.ana.url)
        raw = self.filled(attack.path).encode()
        if not raw.startswith(b"http"):
            url = url.copy_with(raw_path=raw)
        options = self.filled(attack.options)
        request = self.ana.http.build_request(attack.method, url, **options)
        if raw.startswith(b"http"):
            request.extensions["target"] = raw
        return self.ana.http.send(request)


@pytest.fixture
def scene(label_studio: Address, proxy: Address) -> Iterator[Scene]:
    campaign = make_campaign(names=("ana", "ben"))
    other = make_campaign("round-2", count=2, names=("ben",))
    ana, ben = entered(proxy, campaign, "ana"), entered(proxy, campaign, "ben")
    done = ana.next_item()["id"]
    mine = ana.submit(done, FULL).json()["id"]
    assert ana.eventually(Response.objects.exists, 60), "the item is free again"
    own = ana.next_item()["id"]
    first = ben.next_item()["id"]
    assert task_of(first) == task_of(done)
    theirs = ben.submit(first, FULL).json()["id"]
    second = ben.next_item()["id"]
    assert task_of(second) == task_of(own)
    stand_apart()
    theirs_here = ben.submit(second, FULL).json()["id"]
    unseen = ben.next_item()["id"]
    draft = ben.http.post(f"/api/tasks/{unseen}/drafts", json={"result": JOY}).json()["id"]
    elsewhere = StudioTask.objects.filter(project__campaign=other)[0].ls_id
    accounts = {a.rater.user.username: a for a in StudioAccount.objects.all()}  # type: ignore[union-attr]
    names = {
        "own": own, "done": done, "mine": mine, "theirs": theirs, "their_draft": draft,
        "unseen": unseen, "other": seat_of("ben", elsewhere), "their_seat": second,
        "project": campaign.projects.get().ls_id, "foreign": other.projects.get().ls_id,
        "victim": accounts["ben"].ls_id, "token": label_studio.token,
    }  # fmt: skip
    secrets = [a.email for a in accounts.values()] + ["admin@chorale.invalid", "sessionid", label_studio.token]
    secrets += [f'"completed_by":{accounts["ben"].ls_id},', f'"id":{theirs_here},', f'"id": {theirs_here},']
    yield Scene(ana, ben, names, secrets)
    clear_studio()


@pytest.fixture
def campaign(label_studio: Address, proxy: Address) -> Iterator[Campaign]:
    """Where only who comes in matters."""
    yield make_campaign(count=1, names=("ana",))
    clear_studio()


def stand_apart() -> None:
    """Use numbers of answers up until the next is that of nothing else that ana may see: it is looked for in what she
    is told."""
    api, seen = studio_push.connect(), {0}
    for rows in (StudioTask.objects, StudioProject.objects, StudioAccount.objects):
        seen |= set(rows.exclude(ls_id=None).values_list("ls_id", flat=True))
    task = StudioTask.objects.order_by("ls_id").last()
    number = 0
    while number + 1 in seen | set(range(20)):  # views, organizations and the like have small numbers
        made = api.http.post(f"/api/tasks/{task.ls_id if task else 0}/annotations/", json={"result": []})
        number = int(made.raise_for_status().json()["id"])
        api.delete(f"/api/annotations/{number}/")


def world() -> str:
    """Everything in Label Studio that an attack may have changed, and who may do what."""
    api = studio_push.connect()
    kept = []
    for project in StudioProject.objects.order_by("pk"):
        pages = api.pages(project.ls_id or 0)
        tasks = [task for page in pages for task in page.tasks]
        for entry in (entry for t in tasks for entry in t["annotations"] + t["drafts"]):
            entry.pop("created_ago")
        kept.append([[t["id"], t["data"], t["annotations"], t["drafts"], t["predictions"]] for t in tasks])
    projects = api.http.get("/api/projects/", params={"include": "id,title", "page_size": 1000}).json()["results"]
    kept.append([p for p in projects if p["title"] in ("x", "mine now")])
    ours = list(StudioProject.objects.order_by("pk").values_list("ls_id", flat=True))
    kept.append([p["title"] for p in projects if p["id"] in ours])
    kept.append([u for u in api.http.get("/api/users").json() if u["email"] == "evil@x.y" or u["first_name"] == "x"])
    kept.append([api.invite_token(), [h for h in api.http.get("/api/webhooks/").json() if h["project"] in ours]])
    kept.append(sorted(Seat.objects.values_list("task__ls_id", "rater__pseudonym", "state", "external_id")))
    return json.dumps(kept, sort_keys=True, default=str)


def test_no_attack_succeeds(scene: Scene) -> None:
    before = world()
    assert len(REFUSED) >= 25
    came_through = []
    for attack in REFUSED:
        answer = scene.run(attack)
        if answer.status_code < 400 or answer.status_code >= 500 or "set-cookie" in answer.headers:
            came_through.append((attack.name, answer.status_code, answer.text[:100]))
    assert came_through == []
    assert world() == before


def test_no_odd_request_fails_or_holds_the_others_up(scene: Scene) -> None:
    before, amiss = world(), []
    scene.ana.http.timeout = httpx.Timeout(20)
    for attack in ODD:
        answer = scene.run(attack)
        if not 400 <= answer.status_code < 500:
            amiss.append((attack.name, answer.status_code, answer.text[:100]))
    assert amiss == []
    assert world() == before


def test_what_is_answered_tells_nothing_of_others(scene: Scene) -> None:
    told = []
    for attack in HARMLESS:
        answer = scene.run(attack)
        assert answer.status_code == 200, (attack.name, answer.status_code, answer.text[:200])
        found = [secret for secret in scene.secrets if secret in answer.text]
        if found or "set-cookie" in answer.headers:
            told.append((attack.name, found))
        assert answer.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert told == []
    users = scene.run(HARMLESS[0]).json()
    assert [u["username"] for u in users] == [User.objects.get(username="ana").rater.pseudonym]


def test_an_author_cannot_be_feigned(scene: Scene) -> None:
    lie = {"completed_by": scene.names["victim"], "updated_by": scene.names["victim"], "ground_truth": True, "user": 1}
    made = scene.ana.submit(scene.names["own"], FULL, **lie, parent_prediction=1, project=scene.names["foreign"])
    assert made.status_code == 201
    task = studio_push.connect().task(task_of(scene.names["own"])).tasks[0]
    written = next(a for a in task["annotations"] if a["id"] == made.json()["id"])
    ana = StudioAccount.objects.get(rater__user__username="ana").ls_id
    assert (written["completed_by"]["id"], written["updated_by"], written["ground_truth"]) == (ana, ana, False)


def test_an_origin_cannot_be_feigned_where_nothing_was_suggested(scene: Scene) -> None:
    made = scene.ana.submit(scene.names["own"], [entry | {"origin": "prediction"} for entry in FULL])
    assert made.status_code == 201
    assert {entry["origin"] for entry in made.json()["result"]} == {"manual"}


def test_a_ticket_works_once_for_a_minute_and_for_nobody_else(campaign: Campaign, proxy: Address) -> None:
    ana = User.objects.get(username="ana")
    address = tickets.issue(ana, campaign)
    assert httpx.get(address).status_code == 303
    assert httpx.get(address).status_code == 403, "replayed"
    late = tickets.issue(ana, campaign)
    LabelTicket.objects.filter(used_at=None).update(expires_at=timezone.now())
    assert httpx.get(late).status_code == 403, "late"
    forged = tickets.issue(ana, campaign)
    assert httpx.get(forged[:-2] + ("AA" if forged[-2:] != "AA" else "BB")).status_code == 403, "forged"
    assert httpx.get(f"{proxy.url}/enter").status_code == 403
    cross = httpx.get(tickets.issue(ana, campaign), headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 403, "a foreign page may not sign anybody in"


def test_a_session_key_is_made_here_and_known_only_to_the_browser(campaign: Campaign, proxy: Address) -> None:
    ana = User.objects.get(username="ana")
    planted = {"Cookie": "chorale_label=planted-by-somebody; sessionid=x; csrftoken=y"}
    answer = httpx.get(tickets.issue(ana, campaign), headers=planted)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("chorale_label=")
    assert "planted" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    key = answer.cookies["chorale_label"]
    assert not LabelSession.objects.filter(key_hash=key).exists()
    assert httpx.get(f"{proxy.url}/api/tasks", headers=planted).status_code == 401
    held = httpx.Client(base_url=proxy.url, cookies={"chorale_label": key})
    assert held.get("/api/tasks").status_code == 200
    assert urlsplit(held.get("/leave").headers["location"]).path == "/"
    assert held.get("/api/tasks").status_code == 401


def test_who_signs_out_of_chorale_labels_no_more(campaign: Campaign, proxy: Address) -> None:
    ana = entered(proxy, campaign, "ana")
    assert ana.http.get("/api/users").status_code == 200
    person, waiting = User.objects.get(username="ana"), tickets.issue(User.objects.get(username="ana"), campaign)
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.logout()
    assert ana.http.get("/api/users").status_code == 401, "the next person at this machine"
    assert httpx.get(waiting).status_code == 403
    again = entered(proxy, campaign, "ana")
    password_changed.send(sender=User, request=None, user=person)
    assert again.http.get("/api/users").status_code == 401


def test_nothing_stays_in_the_browser_and_nothing_runs_by_itself(campaign: Campaign, proxy: Address) -> None:
    key = object_store.put_file(_drawing(), prefix="media")[0]
    Item.objects.update(media=key)
    ana = entered(proxy, campaign, "ana")
    ana.next_item()
    told = [
        ana.http.get("/api/users"),
        ana.http.get(f"/chorale/media/{Item.objects.get().uuid}"),
        ana.http.get(f"/projects/{campaign.projects.get().ls_id}/data"),
        ana.http.get("/api/tasks/0"),
    ]
    assert [(answer.status_code, answer.headers["cache-control"]) for answer in told] == [
        (200, "no-store"), (200, "no-store"), (200, "no-store"), (404, "no-store"),
    ]  # fmt: skip
    policies = [answer.headers["content-security-policy"] for answer in told]
    assert [policy.endswith("sandbox") for policy in policies] == [True, True, False, True], (
        "a drawing may hold scripts"
    )
    assert "unsafe-eval" not in policies[2].replace("wasm-unsafe-eval", "")
    assert "'unsafe-inline'" not in policies[2].split("script-src")[1].split(";")[0]
    again = ana.http.get(f"/projects/{campaign.projects.get().ls_id}/data").headers["content-security-policy"]
    assert again != policies[2], "a nonce is used once"


def _drawing() -> Path:
    path = state.var_folder() / "drawing.svg"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>fetch("/api/users")</script></svg>')
    return path


@pytest.mark.usefixtures("campaign")
def test_who_may_not_rate_gets_no_ticket_and_loses_the_session(proxy: Address) -> None:
    campaign, ana = Campaign.objects.filter(slug="round-1"), User.objects.filter(username="ana")
    place, sheet = campaign.get().assignments.all(), campaign.get().sheet_version
    ways: list[tuple[str, QuerySet[Any], dict[str, Any], dict[str, Any]]] = [
        ("inactive", ana, {"is_active": False}, {"is_active": True}),
        ("withdrawn", place, {"state": "withdrawn"}, {"state": "active"}),
        ("no consent", campaign, {"sheet_version": "2"}, {"sheet_version": sheet}),
        ("closed", campaign, {"state": "closed"}, {"state": "open"}),
    ]
    for why, rows, barred, again in ways:
        browser = entered(proxy, campaign.get(), "ana")
        assert browser.ask_next().status_code == 200, why
        rows.update(**barred)
        assert browser.ask_next().status_code == 401, why
        if why != "inactive":
            with pytest.raises(ChoraleError):
                tickets.issue(ana.get(), campaign.get())
        rows.update(**again)
    browser = entered(proxy, campaign.get(), "ana")
    place.delete()
    assert browser.ask_next().status_code == 401, "not invited"
    with pytest.raises(ChoraleError):
        tickets.issue(ana.get(), campaign.get())


def test_a_signed_in_rater_of_label_studio_gains_nothing_at_the_proxy(proxy: Address) -> None:
    for cookies in ({"sessionid": "x", "csrftoken": "y"}, {"chorale_session": "x"}, {}):
        answer = httpx.get(f"{proxy.url}/api/users", cookies=cookies)
        assert answer.status_code == 401
