"""kill -9 of a real Celery worker within a release build: nothing half is seen, and what follows is whole and equal."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from chorale.jobs import control, engine
from chorale.store import object_store, release_building, release_room, release_versions, releases
from chorale.store.models import Event, Job, Release, Shard
from chorale.store.models.people import Role
from exports.publish import UNFINISHED
from harmonize.problems import ChoraleError
from tests.service.test_release import RECIPE, SALT, fill
from tests.service.test_release_pages import signed_in, text
from tests.service.test_web_pages import plain_static
from tests.service.web_scene import person
from tests.stack import Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
__all__ = ["plain_static"]

ONE = "letters/0.1.0"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The object store of this process and, as it stands in the environment, of the worker that follows."""
    settings.OBJECT_STORE = (tmp_path / "objects").as_uri()
    monkeypatch.setenv("CHORALE_OBJECT_STORE", settings.OBJECT_STORE)
    return tmp_path / "objects"


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def until(met: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.002)


def hold(parent: Path, held: set[Path]) -> bool:
    """Whether a new build has begun; it cannot end: to bring a pipe to disk that nobody writes to takes for ever."""
    for building in set(parent.glob(f"{UNFINISHED}*")) - held:
        os.mkfifo(building / "zz-pipe")
        held.add(building)
        return True
    return False


def nothing_shows(admin: Client) -> None:
    """No file, no figure and no state from which anybody could take the half for a whole."""
    row = Release.objects.get()
    assert (row.state, row.manifest, row.summary, row.frozen_at) == ("building", {}, {}, None)
    assert release_versions.previous(Release(slug="letters", version="0.2.0")) is None
    with pytest.raises(ChoraleError, match="no files"):
        releases.verify_release(row)
    page = text(admin.get(f"/releases/{ONE}/"))
    assert "building" in page
    assert "items.parquet" not in page
    assert admin.get(f"/releases/{ONE}/files/items.parquet").status_code == 404
    told = {one["state"]: one for one in admin.get("/api/v1/releases").json()["rows"]}
    assert told.keys() == {"building"}
    assert admin.get(f"/api/v1/releases/{ONE}/files").json() == []
    for other in (Client(headers={"host": "localhost"}), signed_in(person("rhea", Role.RESEARCHER))):
        assert other.get(f"/releases/{ONE}/").status_code == 404
        assert other.get("/api/v1/releases").json()["rows"] == []
        assert other.get(f"/api/v1/releases/{ONE}/files").status_code == 404


def test_a_release_whose_worker_is_killed_twice_is_that_of_an_undisturbed_build(store: Path, worker: Worker) -> None:
    """Killed while the tables are written, then, begun again, when all but the last files are there."""
    fill(1)
    admin = signed_in(person("ada", Role.ADMIN))
    alone = release_building.build_release(by=None, release=releases.draft_release(by=None, recipe=RECIPE, salt=SALT))
    folder = store / alone.folder
    undisturbed, digest = files(folder), alone.manifest["digest"]
    shutil.rmtree(folder)
    alone.delete()

    release = releases.draft_release(by=None, recipe=RECIPE, salt=SALT)
    job = engine.start("release", by=None, params={"release": release.pk})
    held: set[Path] = set()
    for when in ("items.parquet", "report.json"):
        until(lambda: hold(folder.parent, held))
        until(lambda when=when: any(folder.parent.glob(f"{UNFINISHED}*/{when}")))  # type: ignore[misc]
        worker.kill()
        assert not folder.exists(), "the worker was too fast to be killed in the middle"
        assert [p.name.startswith(UNFINISHED) for p in folder.parent.iterdir()] == [True], "of one build alone"
        nothing_shows(admin)
        Shard.objects.filter(job=job, lease_until__isnull=False).update(lease_until="2000-01-01T00:00Z")  # time passes
        worker.restart()
        engine.nudge(job)  # as the sweep of beat does
    ended = control.wait(job, timeout=120)
    assert ended.result["digest"] == digest
    assert files(folder) == undisturbed
    assert [path.name for path in folder.parent.iterdir()] == ["0.1.0"], "what the killed builds left is gone"
    release.refresh_from_db()
    assert (release.state, releases.verify_release(release).ok) == ("frozen", True)
    assert Event.objects.filter(action="release.freeze").count() == 2, "the undisturbed one and this one"


def test_one_process_at_a_time_builds_a_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process is told so and leaves the files of the first alone; its connection gone, the room is free."""
    from django.db import connection

    fill(1)
    monkeypatch.setattr(release_room, "WAIT_SECONDS", 0.3)
    release = releases.draft_release(by=None, recipe=RECIPE, salt=SALT)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [release_room.LOCK, release.pk])
    half = Path(str(object_store.local_path(release.folder))).with_name(f"{UNFINISHED}0.1.0-other")
    half.mkdir(parents=True)
    with pytest.raises(ChoraleError, match="another process"):
        release_building.build_release(by=None, release=release)
    assert half.exists()
    with pytest.raises(ChoraleError, match="from the recipe as it stands"):
        releases.draft_release(by=None, recipe=RECIPE.replace("First.", "Another."))
    assert Release.objects.get().recipe == RECIPE
    assert releases.draft_release(by=None, recipe=RECIPE, access="registered").access == "registered"
    assert Release.objects.get().state == "draft"
    other.close()
    kept = half.with_name(f"{UNFINISHED}0.1.00-of-another-version")
    os.mkdir(kept)
    assert release_building.build_release(by=None, release=release).state == "frozen"
    assert (half.exists(), kept.exists()) == (False, True)
    assert not Job.objects.exclude(kind__in=("describe", "prelabel")).exists()
