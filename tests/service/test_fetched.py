"""Corpora from S3 and over HTTP by fsspec, against real servers; and the object store on S3."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import fsspec
import pytest
from django.conf import settings

from chorale.jobs import bringing_in, control, engine, fetch_watch
from chorale.store import addresses, fetching, intakes, object_store, people
from chorale.store.models import Event, Intake, Item, Job, Shard, SourceFile
from chorale.store.models.people import Role
from harmonize.problems import ChoraleError
from tests.service.test_formats import DESCRIPTOR, EXPECTED, delimited, held
from tests.service.test_import import bring_in

pytestmark = pytest.mark.django_db(transaction=True)
TOML = DESCRIPTOR.format(name="r*.csv", settings="")
MORE = b"id,text,rater,labels\nnew,One more,r1,joy\n"


@pytest.fixture
def here(settings: Any, tmp_path: Path) -> Path:
    settings.VAR = tmp_path / "var"
    settings.OBJECT_STORE = (tmp_path / "objects").as_uri()
    (corpus := tmp_path / "served" / "forms").mkdir(parents=True)
    (corpus / "r.csv").write_bytes(delimited())
    (corpus / "corpus.toml").write_text(TOML)
    return corpus


@pytest.fixture
def web(here: Path) -> Iterator[str]:
    """The address of a plain web server over the folder above the corpus."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(here.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An S3 file system with an empty bucket "lab", on a server of our own."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    told = {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    for name, value in {**told, "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    urlopen(Request(f"{told['AWS_ENDPOINT_URL']}/moto-api/reset", method="POST")).close()  # it forgets nothing itself
    fs = fsspec.filesystem("s3", skip_instance_cache=True)
    fs.mkdir("lab")
    try:
        yield fs
    finally:
        fsspec.filesystem("s3").clear_instance_cache()
        server.stop()


def test_a_folder_of_a_bucket_and_what_is_new_in_it_later(bucket: Any, here: Path) -> None:
    bucket.put(str(here) + "/", "lab/forms/", recursive=True)
    assert bring_in("s3://lab/forms")["imported"] == 10
    assert held() == EXPECTED
    bucket.pipe("lab/forms/r-more.csv", MORE)
    again = bring_in("s3://lab/forms")
    assert (again["imported"], again["duplicates"]) == (1, 10)


def test_an_archive_in_a_bucket_with_the_raw_files_kept_in_another(bucket: Any, here: Path, settings: Any) -> None:
    bucket.mkdir("kept")
    settings.OBJECT_STORE = "s3://kept/objects"
    packed = shutil.make_archive(str(here.parent / "forms"), "zip", here)
    bucket.put_file(packed, "lab/forms.zip")
    assert bring_in("s3://lab/forms.zip")["imported"] == 10
    row = SourceFile.objects.get()
    assert bucket.cat(f"kept/objects/{row.stored_as}") == delimited()
    with object_store.open_key(row.stored_as) as kept:
        assert kept.read() == delimited()


def test_an_archive_and_a_table_over_http(web: str, here: Path) -> None:
    shutil.make_archive(str(here.parent / "packed"), "gztar", here)
    assert bring_in(f"{web}/packed.tar.gz")["imported"] == 10
    assert held() == EXPECTED
    assert fetching.fetched(f"{web}/forms/r.csv").read_bytes() == delimited()


def test_a_folder_over_http_is_what_its_index_lists(web: str) -> None:
    assert bring_in(f"{web}/forms")["imported"] == 10
    assert Item.objects.count() == 5


@pytest.mark.parametrize("named", [False, True])
def test_a_redirection_is_followed_to_allowed_places_only(named: bool, web: str, here: Path, settings: Any) -> None:
    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Send everybody to the other server."""
            self.send_response(302)
            self.send_header("Location", f"{web}{self.path}")
            self.end_headers()

        do_HEAD = do_GET

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    settings.IMPORT_ADDRESSES = [web] if named else []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/forms/r.csv"
        if named:
            assert fetching.fetched(address).read_bytes() == delimited()
        else:
            with pytest.raises(ChoraleError, match=f"leads to {web}, which"):
                fetching.fetched(address)
        server.shutdown()


SIGNED = "?X-Amz-Signature=c0ffee&token=hush"


def _everything() -> str:
    """All that the database holds of intakes, jobs and events."""
    rows = [*Intake.objects.values(), *Job.objects.values(), *Event.objects.values(), *Shard.objects.values()]
    return repr(rows)


def test_what_is_secret_in_an_address_is_used_and_kept_nowhere(
    web: str, here: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.IMPORT_ADDRESSES = [web]
    shutil.make_archive(str(here.parent / "packed"), "gztar", here)
    admin = people.create(by=None, username="ada", password="a-long-password", roles=[Role.ADMIN])
    asked = f"{web}/packed.tar.gz{SIGNED}".replace("//", "//ann:hush@")
    with pytest.raises(ChoraleError) as refused:
        intakes.begin(by=admin, origin="address", address=asked)  # another beginning than is allowed
    assert "hush" not in str(refused.value)
    intake = intakes.begin(by=admin, origin="address", address=f"{web}/packed.tar.gz{SIGNED}")
    kept = intakes.folder(intake) / "address"
    assert (intake.address, kept.stat().st_mode & 0o777) == (f"{web}/packed.tar.gz?…", 0o600)
    assert "hush" in kept.read_text()
    control.run_here(bringing_in.describe(by=admin, intake=intake))
    assert not kept.exists()
    intake.refresh_from_db()
    control.run_here(bringing_in.bring_in(by=admin, intake=intake))
    assert held() == EXPECTED
    control.run_here(engine.start("import_corpus", by=admin, params={"folder": f"{web}/packed.tar.gz{SIGNED}"}))
    failing = engine.start("import_corpus", by=admin, params={"folder": f"{web}/gone.zip{SIGNED}"})
    with pytest.raises(ChoraleError, match=r"gone\.zip\?… could not") as raised:
        control.run_here(failing)
    assert "hush" not in str(raised.value)
    for secret in ("hush", "c0ffee"):
        assert secret not in _everything()
        assert secret not in caplog.text


@pytest.mark.parametrize("place", ["forms", "forms/r.csv"])
def test_no_more_is_fetched_than_allowed(place: str, web: str, settings: Any) -> None:
    settings.FETCH_MOST_BYTES = 200
    with pytest.raises(ChoraleError) as raised:
        fetching.fetched(f"{web}/{place}")
    assert raised.value.code == "fetch-too-large"
    assert not list((Path(settings.VAR) / "fetched").iterdir())


def test_a_bucket_with_too_much_is_told(bucket: Any, here: Path, settings: Any) -> None:
    settings.FETCH_MOST_BYTES = 200
    bucket.put(str(here) + "/", "lab/forms/", recursive=True)
    with pytest.raises(ChoraleError, match="CHORALE_FETCH_MAX_BYTES"):
        fetching.fetched("s3://lab/forms")


def test_an_import_of_an_address_is_fetched_by_its_worker_cancelled_and_resumed(
    web: str, here: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(fetch_watch, "EVERY", 0.0)
    shutil.make_archive(str(here.parent / "packed"), "zip", here)
    job = engine.start("import_corpus", by=None, params={"folder": f"{web}/packed.zip?sig=c0ffee"})
    assert (addresses.hidden(job.uuid).read_text(), job.params["folder"]) == (
        f"{web}/packed.zip?sig=c0ffee",
        f"{web}/packed.zip?…",
    )
    assert not (Path(settings.VAR) / "fetched").exists()  # nothing is fetched while somebody waits for the answer
    told = fetch_watch._tell
    monkeypatch.setattr(fetch_watch, "_tell", lambda job, arrived: told(job, arrived) or True)
    with pytest.raises(ChoraleError, match="cancelled"):
        control.run_here(job)
    job.refresh_from_db()
    assert (job.state, job.message.endswith("fetched"), Item.objects.count()) == ("cancelled", True, 0)
    monkeypatch.setattr(fetch_watch, "_tell", told)
    ended = control.run_here(control.resume(by=None, job=job))
    assert (ended.result["imported"], addresses.hidden(job.uuid).exists()) == (10, False)
    assert held() == EXPECTED


def test_a_fetch_is_told_of_and_can_be_cancelled(web: str, here: Path, settings: Any, monkeypatch: Any) -> None:
    settings.IMPORT_ADDRESSES = [web]
    monkeypatch.setattr(fetch_watch, "EVERY", 0.0)
    intake = intakes.begin(by=None, origin="address", address=f"{web}/forms/r.csv")
    job = bringing_in.describe(by=None, intake=intake)
    control.run_here(job)
    intake.refresh_from_db()
    assert "r.csv" in intake.descriptor
    with fetch_watch.watching(job) as told:
        told(2_000_000)
        assert Job.objects.get(pk=job.pk).message.endswith("fetched")
        Job.objects.filter(pk=job.pk).update(cancel=True)
        with pytest.raises(engine.Cancelled):
            fetching.fetched(f"{web}/forms/r.csv", told=told)


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("https://lab.example/x.zip", True), ("https://lab.example", True), ("https://lab.example?x", True),
        ("https://lab.example.evil.example/x", False), ("https://lab.example@evil.example/x", False),
        ("https://lab.example:99/x", False), ("s3://lab/sets-2/x", True), ("s3://lab/other", False),
        ("s3://lab/sets/../other", False), ("s3://lab/sets/%2E%2e/other", False), ("s3://lab/sets::file:///etc", False),
    ],
)  # fmt: skip
def test_beginnings_of_addresses_end_where_a_host_ends(address: str, fits: bool, settings: Any) -> None:
    settings.IMPORT_ADDRESSES = ["https://lab.example", "s3://lab/sets"]
    assert addresses.allowed(address) is fits


def test_addresses_are_shown_bare() -> None:
    text = "it failed: 404, url='https://ann:pw@h.example/a?k=v#x' and (s3://b/c)"
    assert addresses.without_secrets(text) == "it failed: 404, url='https://h.example/a?…' and (s3://b/c)"
    assert addresses.bare("/srv/what?.csv") == "/srv/what?.csv"
    assert addresses.bare("https://[half") == "https://…"


def test_a_key_that_leads_out_of_its_folder_is_refused(bucket: Any, here: Path) -> None:
    bucket.put(str(here) + "/", "lab/forms/", recursive=True)
    bucket.pipe("lab/forms/../../../escaped.csv", MORE)
    with pytest.raises(ChoraleError, match="leads out of its folder"):
        fetching.fetched("s3://lab/forms")


@pytest.mark.parametrize("place", ["nothing.zip", "nothing.csv", "nowhere"])
def test_what_is_not_there_is_told(web: str, place: str) -> None:
    with pytest.raises(ChoraleError) as raised:
        fetching.fetched(f"{web}/{place}")
    assert raised.value.code == "not-fetched"


def test_a_bucket_that_is_not_there_and_a_server_that_does_not_answer(bucket: Any) -> None:
    for address in ("s3://nobody/forms", "s3://lab/none.zip", "http://127.0.0.1:9/forms.zip"):
        with pytest.raises(ChoraleError) as raised:
            fetching.fetched(address)
        assert raised.value.code == "not-fetched"
        assert raised.value.fix
