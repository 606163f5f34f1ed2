"""The API: roles, tokens, problem+json, paging, and its schema as it was agreed on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from chorale.api.routes import api
from chorale.store import tokens
from chorale.store.models import ApiToken, Job
from tests.service import web_scene
from tests.service.test_web_pages import client_of

SNAPSHOT = Path(__file__).parent / "openapi.json"


@pytest.fixture
def scene(db: None, settings: Any, tmp_path: Path) -> dict[str, Any]:
    settings.OBJECT_STORE = tmp_path.as_uri()
    built = web_scene.build()
    web_scene.release(tmp_path, version="1.0.0", state="published", access="public")
    web_scene.release(tmp_path, version="2.0.0", state="published", access="registered")
    return built


def bearer(token: str) -> Client:
    return Client(headers={"host": "localhost", "authorization": f"Bearer {token}"})


def test_the_schema_is_the_one_agreed_on() -> None:
    """After a wanted change: SNAPSHOT=1 pytest tests/service/test_api.py writes it anew, and the diff is reviewed."""
    now = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/")))
    if os.environ.get("SNAPSHOT"):
        SNAPSHOT.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n")
    assert now == json.loads(SNAPSHOT.read_text())


def test_a_token_acts_for_its_person_and_within_its_scopes(scene: dict[str, Any]) -> None:
    reading = bearer(tokens.make(by=scene["admin"], name="read", scopes=["read"]))
    assert reading.get("/api/v1/judgments").status_code == 200
    start = {"kind": "settle", "params": {"scope_type": "corpus", "scope": "diary"}}
    refused = reading.post("/api/v1/jobs", start, content_type="application/json")
    assert refused.status_code == 403
    researcher = bearer(tokens.make(by=scene["researcher"], name="r", scopes=["read", "write"]))
    assert researcher.get("/api/v1/items").status_code == 200
    assert researcher.get("/api/v1/judgments").status_code == 403
    assert researcher.post("/api/v1/jobs", start, content_type="application/json").status_code == 403


def test_a_token_is_kept_as_a_hash_and_ends_when_it_is_revoked(scene: dict[str, Any]) -> None:
    token = tokens.make(by=scene["admin"], name="once", scopes=["read"])
    row = ApiToken.objects.get()
    assert token not in json.dumps([row.sha256, row.prefix, row.name])
    assert len(token) > 40
    assert bearer(token).get("/api/v1/corpora").status_code == 200
    tokens.revoke(by=scene["admin"], token=row)
    assert bearer(token).get("/api/v1/corpora").status_code == 401


def test_a_wrong_token_is_not_read_as_nobody(scene: dict[str, Any]) -> None:
    assert bearer("chr_wrong").get("/api/v1/releases").status_code == 401
    open_to_all = Client(headers={"host": "localhost"}).get("/api/v1/releases").json()
    assert [r["version"] for r in open_to_all["rows"]] == ["1.0.0"]
    assert len(client_of(scene, "researcher").get("/api/v1/releases").json()["rows"]) == 2


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/api/v1/corpora/none", 404, "not-found"),
        ("/api/v1/items?limit=x", 422, "invalid-request"),
        ("/api/v1/items/not-a-uuid", 422, "invalid-request"),
    ],
)
def test_errors_are_problems(scene: dict[str, Any], address: str, status: int, code: str) -> None:
    response = client_of(scene, "admin").get(address)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert response.json()["code"] == code
    assert Client(headers={"host": "localhost"}).get("/api/v1/corpora").json()["code"] == "not-signed-in"


def test_misuse_says_what_to_do_instead(scene: dict[str, Any]) -> None:
    Job.objects.update(state="done")
    writing = bearer(tokens.make(by=scene["admin"], name="w", scopes=["write"]))
    response = writing.post(f"/api/v1/jobs/{scene['job'].uuid}/cancel")
    assert response.status_code == 409
    assert response.json()["code"] == "job-ended"
    unknown = writing.post("/api/v1/jobs", {"kind": "nothing"}, content_type="application/json").json()
    assert unknown["code"] == "unknown-job-kind"
    assert "settle" in unknown["fix"]


def test_a_session_writes_only_with_its_csrf_token(scene: dict[str, Any]) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    browser.force_login(scene["admin"], backend="allauth.account.auth_backends.AuthenticationBackend")
    response = browser.post(f"/api/v1/jobs/{scene['job'].uuid}/cancel")
    assert (response.status_code, response["Content-Type"]) == (403, "application/problem+json")
    assert browser.get("/api/v1/nothing")["Content-Type"] == "application/problem+json"


def test_paging_sees_every_item_once(scene: dict[str, Any]) -> None:
    client, seen, after = client_of(scene, "researcher"), [], 0
    while after is not None:
        body = client.get(f"/api/v1/items?limit=7&after={after}").json()
        seen += [row["uuid"] for row in body["rows"]]
        after = body["next"]
    assert len(seen) == len(set(seen)) == web_scene.COUNT


def test_an_item_tells_its_soft_labels_with_what_is_masked(scene: dict[str, Any]) -> None:
    body = client_of(scene, "researcher").get(f"/api/v1/items/{scene['item'].uuid}").json()
    (soft,) = body["soft_labels"]
    assert soft["semantics"] == "distribution"
    assert soft["values"][0] is None
    assert dict(zip(soft["labels"], soft["values"], strict=True))["joy"] == 1.0


def test_raters_see_their_own_campaigns_alone(scene: dict[str, Any]) -> None:
    mine = client_of(scene, "annotator").get("/api/v1/campaigns").json()["rows"]
    assert [c["slug"] for c in mine] == ["round"]
    assert client_of(scene, "annotator").get("/api/v1/items").status_code == 403
    assert client_of(scene, "stranger").get("/api/v1/campaigns").status_code == 403
