"""Every page: who may see it, what it must not load, and that nothing said by users becomes markup."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chorale.store.models import Corpus, Job, Release
from tests.service import web_scene

pytestmark = pytest.mark.django_db

STAFF = {"admin", "researcher"}
ADMIN = {"admin"}
ALL = {"admin", "researcher", "annotator"}
LOCAL = ("http://localhost", "http://www.w3.org/", "urn:")


@pytest.fixture(autouse=True)
def plain_static(settings: Any) -> None:
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def scene(settings: Any, tmp_path: Path) -> dict[str, Any]:
    settings.OBJECT_STORE = tmp_path.as_uri()
    built = web_scene.build()
    built["public"] = web_scene.release(tmp_path, version="1.0.0", state="published", access="public")
    built["kept"] = web_scene.release(tmp_path, version="1.1.0", state="published", access="registered")
    built["draft"] = web_scene.release(tmp_path, version="2.0.0", state="frozen", access="public")
    return built


def client_of(scene: dict[str, Any], who: str) -> Client:
    client = Client(headers={"host": "localhost"})
    if who != "nobody":
        client.force_login(scene[who], backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def addresses(scene: dict[str, Any]) -> dict[str, set[str]]:
    """Every page with the roles that may open it."""
    campaign, job, public = scene["campaign"].slug, scene["job"].uuid, scene["public"]
    item, report = scene["item"].uuid, scene["report"].pk
    pages = {
        "/": ALL | {"stranger"},
        "/soft-labels/": ALL | {"stranger", "nobody"},
        "/tokens/": ALL | {"stranger"},
        "/api/": ALL | {"stranger", "nobody"},
        "/releases/": ALL | {"stranger", "nobody"},
        f"/releases/diary/{public.version}/": ALL | {"stranger", "nobody"},
        f"/releases/diary/{scene['kept'].version}/": ALL | {"stranger"} - {"stranger"},
        f"/releases/diary/{scene['draft'].version}/": ADMIN,
        "/corpora/diary/": STAFF,
        "/corpora/diary/quarantine/": ADMIN,
        f"/items/{item}/": STAFF,
        "/collections/all/": STAFF,
        "/collections/new/": ADMIN,
        f"/campaigns/{campaign}/": ADMIN,
        f"/campaigns/{campaign}/problems/": ADMIN,
        f"/campaigns/{campaign}/sheet/": {"annotator"},
        f"/raters/{scene['rater'].pk}/": ADMIN,
        f"/agreement/{report}/": STAFF,
        f"/agreement/{report}.json": STAFF,
        f"/agreement/{report}.zip": STAFF,
        f"/agreement/{report}/by-label.csv": STAFF,
        f"/agreement/compare/?one={report}&other={report}": STAFF,
        "/agreement/start/": ADMIN,
        "/agreement/start/?scope_type=corpus&scope=diary": ADMIN,
        f"/agreement/progress/?job={job}": ADMIN,
        "/methods/": ALL | {"stranger", "nobody"},
        "/schemes/ekman-6-neutral@1.0.0/": STAFF,
        f"/jobs/{job}/": ADMIN,
        f"/jobs/{job}/live/": ADMIN,
    }
    for name in ("corpora", "items", "collections", "agreement", "schemes", "crosswalks", "rulings"):
        pages |= {f"/{name}{end}": STAFF for end in ("/", ".json", ".csv")}
    models = ("endpoints", "prompts", "bake-offs", "calibrations")
    for name in ("campaigns", "raters", "adjudication", "jobs", "events", *models):
        pages |= {f"/{name}{end}": ADMIN for end in ("/", ".json", ".csv")}
    pages |= {f"/jobs/start/{kind}/": ADMIN for kind in ("bake_off", "calibrate", "predictions")}
    pages |= {"/endpoints/new/": ADMIN}
    kinds = ("import_corpus", "prelabel", "open_campaign", "measure", "settle", "harmonize", "release")
    return pages | {f"/jobs/start/{kind}/": ADMIN for kind in kinds}


@pytest.mark.parametrize("who", ["admin", "researcher", "annotator", "stranger", "nobody"])
def test_every_page_opens_for_its_roles_alone(scene: dict[str, Any], who: str) -> None:
    client = client_of(scene, who)
    wrong = []
    for address, allowed in addresses(scene).items():
        status = client.get(address).status_code
        if address == f"/releases/diary/{scene['kept'].version}/" and who == "stranger":
            allowed = set()  # signed in without any role: sees what nobody sees
        expected = {200} if who in allowed else {403, 404} if who != "nobody" else {302, 404}
        if status not in expected:
            wrong.append((address, status, expected))
    assert wrong == []


def test_pages_load_nothing_from_another_host_and_run_no_inline_code(scene: dict[str, Any]) -> None:
    client = client_of(scene, "admin")
    for address in addresses(scene):
        response = client.get(address)
        if response.status_code != 200 or "html" not in response["Content-Type"]:
            continue
        page = response.content.decode()
        loads = re.findall(r"<(?:script|link|img|iframe|source|use|form)\b[^>]*?(?:src|href|action)=\"([^\"]+)\"", page)
        assert [u for u in loads if re.match(r"(?:[a-z]+:)?//", u) and not u.startswith(LOCAL)] == [], address
        assert re.findall(r"<[^>]+\s(?:style|on[a-z]+)=", page) == [], address
        scripts = re.findall(r"<script\b([^>]*)>", page)
        assert [s for s in scripts if "src=" not in s and "application/json" not in s] == [], address
        assert "<style" not in page, address


def test_the_policy_is_strict(scene: dict[str, Any]) -> None:
    policy = client_of(scene, "admin").get("/")["Content-Security-Policy"]
    rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["style-src"] == "'self'"
    assert rules["script-src"].split()[0] == "'self'"
    for forbidden in ("unsafe-inline", "unsafe-eval", "*", "http:", "https:"):
        assert forbidden not in policy.replace(rules["form-action"], "")


def test_what_people_write_never_becomes_markup(scene: dict[str, Any]) -> None:
    admin, annotator = client_of(scene, "admin"), client_of(scene, "annotator")
    shown = [admin.get(f"/items/{scene['item'].uuid}/"), admin.get("/items/"), admin.get("/releases/diary/1.0.0/")]
    shown.append(annotator.get(f"/campaigns/{scene['campaign'].slug}/sheet/"))
    for response in shown:
        page = response.content.decode()
        assert web_scene.EVIL not in page
        assert "&lt;script&gt;alert" in page


def test_a_masked_label_is_drawn_as_unknown_and_told_to_screen_readers(scene: dict[str, Any]) -> None:
    page = client_of(scene, "researcher").get(f"/items/{scene['item'].uuid}/").content.decode()
    assert page.count("url(#masked)") == 1
    assert 'aria-label="ekman-6-neutral@1.0.0, share of raters, one choice each: joy 1.00"' in page


@pytest.mark.parametrize("address", ["samples/diary", "javascript:alert(1)", "data:text/html,x"])
def test_a_source_that_is_no_web_page_is_no_link(scene: dict[str, Any], address: str) -> None:
    Corpus.objects.filter(slug="diary").update(source_url=address, licence_url=address)
    page = client_of(scene, "admin").get("/corpora/diary/").content.decode()
    assert f'href="{address}"' not in page
    Corpus.objects.filter(slug="diary").update(source_url="https://example.org/a?b=1&c=2")
    page = client_of(scene, "admin").get("/corpora/diary/").content.decode()
    assert 'href="https://example.org/a?b=1&amp;c=2"' in page


def test_judgments_are_for_admins(scene: dict[str, Any]) -> None:
    address = f"/items/{scene['item'].uuid}/"
    assert "diary-1" in client_of(scene, "admin").get(address).content.decode()
    assert "diary-1" not in client_of(scene, "researcher").get(address).content.decode()


def test_an_undefined_figure_is_a_dash_with_its_reason(scene: dict[str, Any]) -> None:
    page = client_of(scene, "researcher").get(f"/agreement/{scene['report'].pk}/").content.decode()
    assert "Nobody used this label." in page
    assert "Every item it judged here was in its training." in page


def test_release_files_come_with_their_hash_and_only_those_of_the_manifest(scene: dict[str, Any]) -> None:
    base = "/releases/diary/1.0.0/files/"
    reader = client_of(scene, "researcher")
    response = reader.get(f"{base}items.parquet")
    assert b"".join(response.streaming_content)[:4] == b"PAR1"
    assert response["ETag"] == f'"{"0" * 64}"'
    for name in ("../1.1.0/items.parquet", "..%2f1.1.0/items.parquet", "recipe.toml", "/etc/passwd"):
        assert reader.get(base + name).status_code == 404, name
    assert client_of(scene, "nobody").get(f"{base}items.parquet").status_code == 200
    assert client_of(scene, "nobody").get("/releases/diary/1.1.0/files/items.parquet").status_code == 404
    Release.objects.filter(version="1.0.0").update(state="withdrawn")
    assert reader.get(f"{base}items.parquet").status_code == 404


def test_a_refused_act_is_told_on_the_page_it_came_from(scene: dict[str, Any]) -> None:
    client = client_of(scene, "admin")
    job = scene["job"]
    Job.objects.filter(pk=job.pk).update(state="done")
    back = reverse("job", args=[job.uuid])
    response = client.post(reverse("job-cancel", args=[job.uuid]), {"back": back}, follow=True)
    assert response.redirect_chain == [(back, 302)]
    assert "is already done" in response.content.decode()
    away = client.post(reverse("job-cancel", args=[job.uuid]), {"back": "https://elsewhere.example/"})
    assert away.status_code == 400


def test_acts_need_a_post_and_the_role(scene: dict[str, Any]) -> None:
    for name, key in (("job-cancel", scene["job"].uuid), ("job-resume", scene["job"].uuid), ("campaign-sync", "round")):
        address = reverse(name, args=[key])
        refused = client_of(scene, "admin").get(address, headers={"accept": "text/html"})
        assert (refused.status_code, refused["Allow"]) == (405, "POST")
        assert b"only takes forms" in refused.content
        for who in ("researcher", "annotator"):
            assert client_of(scene, who).post(address).status_code in (403, 404)


def test_forms_need_their_token(scene: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    client.force_login(scene["admin"], backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.post(reverse("job-cancel", args=[scene["job"].uuid]))
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()
