"""Corpora on their way in: uploads in pieces that survive any break, limits, drafting, the way to an import."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from chorale.jobs import bringing_in, control
from chorale.store import intakes, people, uploads
from chorale.store.models import Corpus, Event, Intake, Upload, User
from chorale.store.models.people import Role
from harmonize.problems import ChoraleError

pytestmark = pytest.mark.django_db
TUS = {"Tus-Resumable": "1.0.0"}
ROWS = "id,text,emotion\n" + "".join(f"{n},Letter number {n},{'joy' if n % 2 else 'fear'}\n" for n in range(40))


@pytest.fixture
def admin(settings: Any, tmp_path: Path) -> User:
    settings.VAR = tmp_path / "var"
    settings.OBJECT_STORE = (tmp_path / "objects").as_uri()
    settings.IMPORT_PATHS = [str(tmp_path / "allowed")]
    return people.create(by=None, username="ada", password="a-long-password", roles=[Role.ADMIN])


@pytest.fixture
def client(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def metadata(**told: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in told.items())


def announce(client: Client, intake: Intake, name: str, size: int, **told: str) -> Any:
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": metadata(filename=name, **told)}
    return client.post(f"/api/v1/intakes/{intake.uuid}/uploads", headers=headers)


def send(client: Client, place: str, offset: int, data: bytes) -> Any:
    return client.generic(
        "PATCH", place, data, "application/offset+octet-stream", headers={**TUS, "Upload-Offset": str(offset)}
    )


def test_a_file_in_pieces_with_a_break(client: Client, admin: User) -> None:
    intake, data = intakes.begin(by=admin, origin="upload"), ROWS.encode()
    answer = announce(client, intake, "letters/letters.csv", len(data))
    assert answer.status_code == 201
    place = answer["Location"]
    assert send(client, place, 0, data[:100])["Upload-Offset"] == "100"
    assert send(client, place, 50, data[50:]).status_code == 409  # not where it stopped
    told = client.head(place, headers=TUS)
    assert (told["Upload-Offset"], told["Upload-Length"], told["Tus-Resumable"]) == ("100", str(len(data)), "1.0.0")
    again = announce(client, intake, "letters/letters.csv", len(data))  # after a reload the sender asks anew
    assert (again["Location"], again["Upload-Offset"]) == (place, "100")
    assert send(client, place, 100, data[100:])["Upload-Offset"] == str(len(data))
    row = Upload.objects.get()
    assert (row.state, row.sha256, row.checked) == ("whole", sha256(data).hexdigest(), False)
    checked = client.post(f"{place}/check", json.dumps({"sha256": row.sha256.upper()}), "application/json")
    assert checked.json()["checked"]
    assert uploads.place(row).read_bytes() == data
    assert client.head(place)["Upload-Offset"] == str(len(data))  # what a sender asks whose last answer was lost
    actions = Event.objects.filter(action__startswith="upload.").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["upload.begin", "upload.finish", "upload.check"]


def test_a_file_that_changed_on_the_way_is_set_aside(client: Client, admin: User) -> None:
    intake = intakes.begin(by=admin, origin="upload")
    place = announce(client, intake, "a.csv", 3, sha256=sha256(b"abc").hexdigest())["Location"]
    send(client, place, 0, b"abd")
    assert Upload.objects.get().state == "damaged"
    with pytest.raises(ChoraleError, match="not whole"):
        bringing_in.describe(by=admin, intake=intake)
    place = announce(client, intake, "a.csv", 3, sha256=sha256(b"abc").hexdigest())["Location"]  # anew
    send(client, place, 0, b"abc")
    assert Upload.objects.get().checked
    client.post(f"{place}/check", json.dumps({"sha256": "0" * 64}), "application/json")
    assert Upload.objects.get().state == "damaged"
    assert not uploads.place(Upload.objects.get()).exists()


@pytest.mark.parametrize("name", ["../a.csv", "/etc/passwd", "a/../../b", ".htaccess", "c:/x", "a\nb", "", "x" * 256])
def test_names_that_lead_out_are_refused(client: Client, admin: User, name: str) -> None:
    answer = announce(client, intakes.begin(by=admin, origin="upload"), name, 3)
    assert (answer.status_code, answer.json()["code"]) == (400, "upload-name")


def test_a_file_called_like_a_folder_is_refused_and_nothing_breaks(client: Client, admin: User) -> None:
    intake = intakes.begin(by=admin, origin="upload")
    place = announce(client, intake, "lab/rows.csv", 3)["Location"]
    for name in ("lab", "lab/rows.csv/more.csv"):
        refused = announce(client, intake, name, 3)
        assert (refused.status_code, refused.json()["code"]) == (409, "upload-exists")
    assert send(client, place, 0, b"abc").status_code == 204
    (intakes.folder(intake) / "files" / "unpacked").mkdir()
    assert announce(client, intake, "unpacked", 3).json()["code"] == "upload-exists"
    late = announce(client, intake, "late", 3)["Location"]
    (intakes.folder(intake) / "files" / "late").mkdir()  # an archive was unpacked meanwhile
    assert send(client, late, 0, b"abc").json()["code"] == "upload-exists"
    assert client.delete(late).status_code == 204


def test_limits(client: Client, admin: User, settings: Any) -> None:
    settings.UPLOAD_MOST_BYTES, settings.UPLOAD_QUOTA_BYTES = 100, 150
    intake = intakes.begin(by=admin, origin="upload")
    assert announce(client, intake, "a.csv", 101).json()["code"] == "upload-too-large"
    place = announce(client, intake, "a.csv", 100)["Location"]
    full = announce(client, intake, "b.csv", 51)
    assert (full.status_code, full.json()["code"]) == (413, "upload-quota")
    assert send(client, place, 0, b"x" * 101).json()["code"] == "upload-too-long"
    assert client.head(place)["Upload-Offset"] == "0"  # nothing of it was kept
    assert client.delete(place).status_code == 204
    assert announce(client, intake, "b.csv", 51).status_code == 201


def test_only_admins_and_only_by_tus(client: Client, admin: User) -> None:
    intake = intakes.begin(by=admin, origin="upload")
    place = announce(client, intake, "a.csv", 3)["Location"]
    reader = Client()
    reader.force_login(people.create(by=None, username="rhea", password="a-long-password", roles=[Role.RESEARCHER]))
    assert reader.head(place).status_code == 403
    assert announce(reader, intake, "b.csv", 3).status_code == 403
    assert send(reader, place, 0, b"abc").status_code == 403
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(admin)
    assert announce(careful, intake, "b.csv", 3).status_code == 403
    bare = client.post(f"/api/v1/intakes/{intake.uuid}/uploads", headers={"Upload-Length": "3"})
    assert (bare.status_code, bare.json()["code"]) == (412, "upload-version")


def test_paths_and_addresses_by_settings(admin: User, tmp_path: Path, settings: Any) -> None:
    (tmp_path / "allowed" / "letters").mkdir(parents=True)
    (tmp_path / "allowed" / "letters" / "letters.csv").write_text(ROWS)
    (tmp_path / "allowed" / "out").symlink_to("/etc")
    for bad in ("/etc", str(tmp_path / "allowed" / ".."), str(tmp_path / "allowed" / "out"), "https://a.invalid/x"):
        with pytest.raises(ChoraleError) as error:
            intakes.begin(by=admin, origin="path", address=bad)
        assert error.value.code == "import-not-allowed"
    settings.IMPORT_ADDRESSES = ["memory://lab/"]
    assert intakes.begin(by=admin, origin="address", address="memory://lab/letters").pk
    with pytest.raises(ChoraleError, match="fetches nothing"):
        intakes.begin(by=admin, origin="address", address="memory://lab/x::file:///etc")
    intake = intakes.begin(by=admin, origin="path", address=str(tmp_path / "allowed" / "letters"))
    control.run_here(bringing_in.describe(by=admin, intake=intake))
    intake.refresh_from_db()
    assert 'path = "letters.csv"' in intake.descriptor
    assert (tmp_path / "allowed" / "letters" / "letters.csv").read_text() == ROWS
    assert not (tmp_path / "allowed" / "letters" / "corpus.toml").exists()


def test_archives_lose_no_file_and_touch_none_of_another_s(admin: User, tmp_path: Path) -> None:
    lab = tmp_path / "allowed" / "lab"
    lab.mkdir(parents=True)
    (lab / "rows.csv").write_text("mended since it was packed")
    for name, rows in (("a.zip", "first"), ("b.zip", "second"), ("c.zip", "third")):
        with ZipFile(lab / name, "w") as packed:
            packed.writestr("d/rows.csv" if name > "b" else "rows.csv", rows)
    with ZipFile(lab / "d.zip", "w") as packed:
        packed.write(lab / "c.zip", "inner/c.zip")
    intake = intakes.begin(by=admin, origin="path", address=str(lab))
    folder = intakes.gather(intake)
    found = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
    assert found == {
        "rows.csv": "mended since it was packed", "a-zip/rows.csv": "first", "d/rows.csv": "second",
        "c-zip/d/rows.csv": "third", "inner/d/rows.csv": "third",
    }  # fmt: skip
    assert (lab / "rows.csv").read_text() == "mended since it was packed"
    assert intakes.gather(intake) == folder
    assert len(found) == sum(path.is_file() for path in folder.rglob("*"))


def test_from_upload_to_corpus(client: Client, admin: User) -> None:
    intake, data = intakes.begin(by=admin, origin="upload"), ROWS.encode()
    send(client, announce(client, intake, "letters.csv", len(data))["Location"], 0, data)
    control.run_here(bringing_in.describe(by=admin, intake=intake))
    toml = client.get(f"/api/v1/intakes/{intake.uuid}").json()["descriptor"].replace("TODO", "CC0-1.0")
    put = client.put(f"/api/v1/intakes/{intake.uuid}/descriptor", json.dumps({"toml": toml}), "application/json")
    assert put.status_code == 200
    bad = client.put(f"/api/v1/intakes/{intake.uuid}/descriptor", json.dumps({"toml": "= ["}), "application/json")
    assert (bad.status_code, bad.json()["code"]) == (400, "descriptor")
    intake.refresh_from_db()
    job = bringing_in.bring_in(by=admin, intake=intake)
    control.run_here(job)
    job.refresh_from_db()
    assert (job.state, job.result["read"], job.result["imported"]) == ("done", 40, 40)
    assert Corpus.objects.get().items == 40
    assert announce(client, intake, "more.csv", 3).json()["code"] == "intake-closed"
    assert client.delete(f"/api/v1/intakes/{intake.uuid}").status_code == 204
    assert not intakes.folder(intake).exists()
    assert Corpus.objects.get().items == 40


def test_what_nobody_touched_is_swept(admin: User, settings: Any) -> None:
    old = intakes.begin(by=admin, origin="upload")
    uploads.begin(by=admin, intake=old, name="a.csv", size=5)
    settings.UPLOAD_KEEP_DAYS = 0
    intakes.begin(by=admin, origin="upload")
    assert not Intake.objects.filter(pk=old.pk).exists()
    assert not intakes.folder(old).exists()
