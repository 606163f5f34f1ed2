"""Who may take a release's files: terms with their hash, links that expire and resume, zips while they are sent."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from chorale.store import object_store, release_access, releases, signed_links, tokens, withdrawals
from chorale.store.models import Event, Release, TermsAcceptance
from harmonize.problems import ChoraleError
from tests.service import web_scene
from tests.service.test_web_pages import client_of, plain_static

pytestmark = pytest.mark.django_db
__all__ = ["plain_static"]

ONE = "/releases/diary/1.0.0"
TERMS = "# Terms\n\nFor **research** alone."


@pytest.fixture
def scene(settings: Any, tmp_path: Path) -> dict[str, Any]:
    return web_scene.released(settings, tmp_path)


def published(scene: dict[str, Any], access: str, terms: str = "") -> Release:
    return releases.publish_release(by=scene["admin"], release=scene["release"], access=access, terms=terms)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_terms_come_before_the_first_file_and_acceptance_is_recorded_with_their_hash(scene: dict[str, Any]) -> None:
    row = published(scene, "terms", TERMS)
    reader = client_of(scene, "researcher")
    page = reader.get(f"{ONE}/").content.decode()
    assert "Read the terms" in page
    assert "Entry" not in re.sub(r"<[^>]+>", "", page.partition('id="samples"')[2].partition("</section>")[0])
    turned = reader.get(f"{ONE}/files/items.parquet")
    assert turned.status_code == 302
    assert turned.url.startswith(f"{ONE}/terms/")
    shown = reader.get(turned.url).content.decode()
    assert "<strong>research</strong>" in shown
    assert reader.post(f"{ONE}/terms/", {"sha256": "0" * 64}).status_code == 400
    assert not TermsAcceptance.objects.exists()
    reader.post(f"{ONE}/terms/", {"sha256": release_access.terms_sha256(row)})
    reader.post(f"{ONE}/terms/", {"sha256": release_access.terms_sha256(row)})
    accepted = TermsAcceptance.objects.get()
    assert (accepted.user, accepted.terms_sha256) == (scene["researcher"], release_access.terms_sha256(row))
    assert Event.objects.filter(action="release.accept-terms", by=scene["researcher"]).count() == 1
    assert body(reader.get(f"{ONE}/files/items.parquet"))[:4] == b"PAR1"
    assert client_of(scene, "annotator").get(f"{ONE}/files/items.parquet").status_code == 302
    Release.objects.update(terms="Others.")
    assert reader.get(f"{ONE}/files/items.parquet").status_code == 302, "other terms are to be accepted anew"


def test_terms_must_be_written_and_access_known(scene: dict[str, Any]) -> None:
    for access, code in (("terms", "release-terms"), ("friends", "release-access")):
        with pytest.raises(ChoraleError) as refused:
            published(scene, access)
        assert refused.value.code == code
    page = client_of(scene, "admin").post(f"{ONE}/publish/", {"access": "terms", "terms": " "}, follow=True)
    assert "Write the terms." in page.content.decode()
    assert Release.objects.get().state == "frozen"


def test_the_api_gives_links_that_need_no_token_resume_and_expire(
    scene: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    published(scene, "registered")
    token = tokens.make(by=scene["researcher"], name="take", scopes=["read"])
    program = Client(headers={"host": "localhost", "authorization": f"Bearer {token}"})
    files = {file["name"]: file for file in program.get("/api/v1/releases/diary/1.0.0/files").json()}
    link = files["items.parquet"]["href"]
    anybody = Client(headers={"host": "localhost"})
    whole = anybody.get(link)
    raw = body(whole)
    assert (whole.status_code, len(raw)) == (200, files["items.parquet"]["bytes"])
    assert whole["Repr-Digest"].startswith("sha-256=:")
    rest = anybody.get(link, headers={"range": "bytes=10-", "if-range": whole["ETag"]})
    assert (rest.status_code, body(rest)) == (206, raw[10:])
    taken = Event.objects.filter(action="release.download")
    assert [(event.by, event.detail["file"]) for event in taken] == [(scene["researcher"], "items.parquet")]
    assert anybody.get(link.replace("/link/", "/link/x")).status_code == 400
    other = signing.dumps([scene["release"].pk, "items.parquet", scene["researcher"].pk], salt="elsewhere")
    assert anybody.get(f"/releases/link/{other}/items.parquet").status_code == 400
    monkeypatch.setattr(signed_links, "SECONDS", -1)
    assert "expired" in anybody.get(link).content.decode()


def test_a_link_dies_with_the_release_and_with_its_person(scene: dict[str, Any]) -> None:
    row = published(scene, "registered")
    token = release_access.sign(row, "items.parquet", scene["researcher"])
    address = f"/releases/link/{token}/items.parquet"
    assert client_of(scene, "nobody").get(address).status_code == 200
    scene["researcher"].is_active = False
    scene["researcher"].save()
    assert client_of(scene, "nobody").get(address).status_code == 404
    mine = release_access.sign(row, "items.parquet", scene["admin"])
    Release.objects.update(state="withdrawn")
    assert client_of(scene, "nobody").get(f"/releases/link/{mine}/items.parquet").status_code == 404
    assert client_of(scene, "nobody").get(f"/releases/link/{mine}/../../x").status_code == 404


def test_the_api_asks_for_the_terms_too(scene: dict[str, Any]) -> None:
    row = published(scene, "terms", TERMS)
    token = tokens.make(by=scene["researcher"], name="take", scopes=["read", "write"])
    program = Client(headers={"host": "localhost", "authorization": f"Bearer {token}"})
    refused = program.get("/api/v1/releases/diary/1.0.0/files")
    assert (refused.status_code, refused.json()["code"]) == (403, "terms-not-accepted")
    told = program.get("/api/v1/releases/diary/1.0.0/terms").json()
    assert told == {"terms": TERMS, "sha256": release_access.terms_sha256(row), "accepted": False}
    accept = {"sha256": told["sha256"]}
    accepted = program.post("/api/v1/releases/diary/1.0.0/terms", accept, content_type="application/json")
    assert accepted.json()["accepted"] is True
    assert program.get("/api/v1/releases/diary/1.0.0/files").status_code == 200


def test_a_zip_is_made_while_it_is_sent(scene: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    row = published(scene, "public")
    path = object_store.local_path(row.folder)
    assert path is not None
    (path / "manifest.json").write_text("{}")
    monkeypatch.setattr("chorale.web.zip_stream.BLOCK", 100)
    response: Any = client_of(scene, "nobody").get(f"{ONE}/zip/all.zip")
    pieces = list(response.streaming_content)
    assert len(pieces) > 10
    assert max(map(len, pieces)) < 2000
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        assert {"diary-1.0.0/items.parquet", "diary-1.0.0/README.md"} <= names
        held = archive.read("diary-1.0.0/items.parquet")
    assert held == body(client_of(scene, "nobody").get(f"{ONE}/files/items.parquet"))
    assert client_of(scene, "nobody").get(f"{ONE}/zip/nothing.zip").status_code == 404
    assert Event.objects.filter(action="release.download", detail__file="all.zip", by=None).count() == 1


def test_a_version_is_withdrawn_with_its_reason(scene: dict[str, Any]) -> None:
    published(scene, "public")
    admin = client_of(scene, "admin")
    assert client_of(scene, "researcher").post(f"{ONE}/withdraw/", {"reason": "x"}).status_code == 403
    page = admin.post(f"{ONE}/withdraw/", {"reason": " ", "back": f"{ONE}/"}, follow=True).content.decode()
    assert "needs a reason" in page
    assert Release.objects.get().state == "published"
    with pytest.raises(ChoraleError, match="draft"):
        withdrawals.withdraw_release(by=None, release=_draft(scene), reason="x")


def _draft(scene: dict[str, Any]) -> Release:
    row = scene["release"]
    row.pk, row.version, row.state = None, "3.0.0", "draft"
    row.save()
    return row
