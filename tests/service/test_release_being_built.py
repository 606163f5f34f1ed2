"""The page of a release that is being built: how far it is, its recipe to read, and the frozen release at the end."""

from __future__ import annotations

import pytest
from django.test import Client

from chorale.store.models import Job, Release
from chorale.store.models.people import Role
from tests.service.test_web_pages import plain_static
from tests.service.web_scene import person

pytestmark = pytest.mark.django_db
__all__ = ["plain_static"]
PAGE = "/releases/tales/1.0.0/"
POLL = {"HX-Request": "true", "HX-Target": "build"}


def test_it_follows_the_build_and_takes_no_change_meanwhile(client: Client) -> None:
    client.force_login(person("ada", Role.ADMIN))
    row = Release.objects.create(slug="tales", version="1.0.0", title="Tales", state="building", recipe="[release]")
    job = Job.objects.create(
        kind="release", title="Build tales", state="running", params={"release": row.pk}, done=40, total=100
    )
    page = client.get(PAGE, headers=POLL).content.decode()
    assert "40 of 100 items" in page
    assert 'hx-select="#build"' in page
    assert ">Save<" not in page
    assert "Build and freeze" not in page
    refused = client.post(PAGE, {"recipe": "[release]\n"}, headers={"Accept": "application/json"})
    assert (refused.status_code, Release.objects.get().recipe) == (400, "[release]")
    Job.objects.filter(pk=job.pk).update(state="failed", error={"message": "No room.", "fix": "Make some."})
    Release.objects.update(state="failed")
    assert client.get(PAGE, headers=POLL).headers["HX-Refresh"] == "true"
    page = client.get(PAGE).content.decode()
    assert "No room." in page
    assert ">Save<" in page
    assert "Build and freeze" in page
