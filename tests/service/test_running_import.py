"""The page of an import that runs says which corpus it fills, and what is in it so far."""

from __future__ import annotations

import pytest
from django.test import Client

from chorale.store.models import Corpus, Intake, Job, Shard
from chorale.store.models.people import Role
from tests.service.test_web_pages import plain_static
from tests.service.web_scene import person

pytestmark = pytest.mark.django_db
__all__ = ["plain_static"]


def test_it_tells_of_the_version_that_it_reads(client: Client) -> None:
    client.force_login(person("ada", Role.ADMIN))
    told = {"licence": "CC0-1.0", "family": "tales"}
    Corpus.objects.create(slug="tales", title="Old tales", items=900, **told)
    Corpus.objects.create(slug="tales-v2", title="New tales", items=1200, judgments=1, rows_quarantined=2, **told)
    job = Job.objects.create(kind="import_corpus", title="Import tales", state="running", done=1203, total=5000)
    intake = Intake.objects.create(origin="upload", corpus="tales", job=job, descriptor="[corpus]")
    page = client.get(f"/corpora/import/{intake.uuid}/").content.decode()
    assert "tales so far" not in page  # what it holds is not read yet
    Shard.objects.create(job=job, number=0, range={"corpus": "tales-v2", "folder": "/srv/tales"})
    page = client.get(f"/corpora/import/{intake.uuid}/").content.decode()
    assert '<a href="/corpora/tales-v2/">New tales</a> so far: 1,200 items, 1 judgment,' in page
    assert '<a href="/corpora/tales-v2/quarantine/">2 rows in quarantine</a>' in page
