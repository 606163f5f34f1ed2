"""Schemes, forms and crosswalks by program: the same acts and refusals as on the pages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from django.test import Client

from chorale.store import registry, tokens
from chorale.store.models import Crosswalk, Scheme
from chorale.store.models.people import Role
from harmonize import crosswalks
from harmonize.crosswalks import map_soft, sssom
from harmonize.records import Semantics, SoftLabels
from tests.service import web_scene

pytestmark = pytest.mark.django_db
SMALL = "ekman-7--ekman-6@1.0.0"
MOODS = {"id": "moods", "version": "1.0.0", "title": "Moods", "kind": "single", "labels": ["up", "down"]}


def program(name: str, *roles: Role) -> Client:
    token = tokens.make(by=web_scene.person(name, *roles), name=name, scopes=["read", "write"])
    return Client(headers={"host": "localhost", "authorization": f"Bearer {token}"})


def send(client: Client, address: str, body: dict[str, Any]) -> Any:
    return client.post(f"/api/v1{address}", body, content_type="application/json")


def test_a_scheme_is_defined_used_in_a_form_and_not_taken_back_then() -> None:
    admin = program("ada", Role.ADMIN)
    assert send(admin, "/schemes", MOODS).status_code == 201
    faulty = send(admin, "/schemes", MOODS | {"id": "worse", "labels": ["up", "up"]})
    assert (faulty.status_code, faulty.json()["code"]) == (400, "scheme-definition")
    layer = {"name": "mood", "scheme": "moods@1.0.0", "perspective": "writer", "question": "How?"}
    made = send(admin, "/forms", {"id": "short", "version": "1", "title": "Short", "layers": [layer]})
    assert made.status_code == 201
    assert admin.get("/api/v1/forms/short/1").json() == made.json()
    refused = admin.delete("/api/v1/schemes/moods@1.0.0")
    assert (refused.status_code, refused.json()["code"]) == (409, "scheme-used")
    assert Scheme.objects.filter(ref="moods@1.0.0").exists()
    researcher = program("rhea", Role.RESEARCHER)
    assert send(researcher, "/schemes", MOODS | {"version": "2.0.0"}).status_code == 403
    assert researcher.get("/api/v1/forms/short/1").status_code == 403


def test_a_crosswalk_is_proposed_reviewed_by_another_and_ranked() -> None:
    ada, bea = program("ada", Role.ADMIN), program("bea", Role.ADMIN)
    registry.crosswalk(SMALL)
    text = sssom.write(crosswalks.load(SMALL)).replace('"1.0.0"', '"1.1.0"', 1)
    made = send(ada, "/crosswalks", {"sssom": text, "reason": "Again.", "before": SMALL})
    assert (made.status_code, made.json()["status"]) == (201, "proposed")
    ref = made.json()["ref"]
    step = {"status": "reviewed", "reason": "Read."}
    refused = send(ada, f"/crosswalks/{ref}/review", step)
    assert (refused.status_code, refused.json()["code"]) == (403, "review-own")
    assert send(bea, f"/crosswalks/{ref}/review", step).json()["status"] == "reviewed"
    assert send(bea, f"/crosswalks/{ref}/review", step).json()["code"] == "review-step"
    assert [ref] in [way["steps"] for way in ada.get(f"/api/v1/crosswalks/{SMALL}/ways").json()]
    assert ada.get(f"/api/v1/crosswalks/{ref}/uses").json()["used"] is False
    assert ada.delete(f"/api/v1/crosswalks/{ref}").status_code == 204
    assert not Crosswalk.objects.filter(ref=ref).exists()


def test_a_soft_label_is_applied_as_harmonize_applies_it() -> None:
    reader = program("rhea", Role.RESEARCHER)
    core = registry.crosswalk("plutchik-24--plutchik-8@1.0.0").core
    given = {"rage": 0.5, "joy": 0.25, "grief": 0.25}
    answer = send(reader, f"/crosswalks/{core.ref}/apply", {"semantics": "posterior", "values": given})
    values = np.array([[given.get(name, 0.0) for name in core.source_labels.names]])
    soft = SoftLabels(Semantics.POSTERIOR, pa.array(["x"]), core.source_labels.names, values,
                      np.array([-1], np.int32), "x")  # fmt: skip
    expected = map_soft(soft, core)
    told = answer.json()
    assert list(told["values"].values()) == pytest.approx(expected.values[0].tolist())
    bounds = send(
        reader, f"/crosswalks/{core.ref}/apply", {"semantics": "proportions", "values": {"rage": 0.6, "anger": 0.5}}
    )
    assert bounds.json()["bounds"]["anger"] == [0.6, 1.0]
    assert bounds.json()["values"] == {}
    for body, code in (({"semantics": "x", "values": {}}, "unknown-semantics"),
                       ({"semantics": "posterior", "values": {"glee": 1}}, "scheme-label")):  # fmt: skip
        assert send(reader, f"/crosswalks/{core.ref}/apply", body).json()["code"] == code
