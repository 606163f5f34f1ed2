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

from chorale.store import fetching, object_store
from chorale.store.models import Item, SourceFile
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
