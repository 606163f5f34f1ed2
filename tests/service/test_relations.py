"""What a scheme says of its labels is reachable over the API: words, links, parents, penalties, wheel, norms."""

from __future__ import annotations

import pytest
from django.test import Client

from chorale.store import registry
from chorale.store.models.people import Role
from harmonize import schemes
from harmonize.schemes import Scheme
from tests.service import web_scene

pytestmark = pytest.mark.django_db


def test_shipped_and_own_schemes_answer() -> None:
    registry.scheme("plutchik-8")
    label = {"id": "mielihyvä", "terms": ["ilo", "riemu"]}
    cost = {"one": "mielihyvä", "other": "viha", "cost": 0.75, "source": "me"}
    told = {"id": "omat", "version": "1", "title": "O", "kind": "set", "labels": [label, "viha"], "penalties": [cost]}
    own = Scheme.from_dict(told)
    assert schemes.check(own) == []
    registry.register_scheme(by=None, core=own)
    client = Client()
    client.force_login(web_scene.person("rhea", Role.RESEARCHER))
    wheel = client.get("/api/v1/schemes/plutchik-8@1.0.0/relations").json()
    assert wheel["penalties"][0][3] == 1, "anger and fear are opposites on the wheel"
    assert wheel["norms"][0]["id"] == "russell-mehrabian-1977"
    assert wheel["norms"][0]["points"][1] is None, "anticipation has no norm"
    mine = client.get("/api/v1/schemes/omat@1/relations").json()
    assert mine["words"]["mielihyvä"] == ["mielihyvä", "ilo", "riemu"]
    assert mine["penalties"] == [[0, 0.75], [0.75, 0]]
    assert (mine["positions"], mine["norms"]) == (None, [])
    assert client.get("/api/v1/schemes/nothing@1/relations").status_code == 404
