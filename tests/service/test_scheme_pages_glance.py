"""What a crosswalk's page shows at a glance: flows that conserve mass, losses as kept, agreement beside its null."""

from __future__ import annotations

import numpy as np
import pytest
from django.test import Client

from chorale.store import across, registry
from chorale.store.models import Crosswalk, Job
from chorale.store.models.people import Role
from chorale.web import flows, glances, losses, palette
from harmonize import crosswalks, schemes
from harmonize.loss import loss_report
from tests.service import web_scene
from tests.service.test_scheme_pages import plain_static

pytestmark = pytest.mark.django_db
__all__ = ["plain_static"]
MAP = "goemotions-28--ekman-6-neutral@1.0.0"
PLUTCHIK = "goemotions-28--plutchik-8@1.0.0"


@pytest.fixture
def reader() -> Client:
    registry.crosswalk(MAP)
    client = Client(headers={"host": "localhost"})
    person = web_scene.person("rhea", Role.RESEARCHER)
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_a_flow_conserves_mass() -> None:
    for core in crosswalks.shipped():
        if core.kind != "labels":
            continue
        drawn = flows.flow(core)
        mass = sum(node.height for node in drawn.targets)
        assert mass == pytest.approx(len(core.source_labels.names) * flows.ROW, abs=1.0), core.ref


def test_a_flow_on_base_rates_is_as_thick_as_the_mass_it_carries() -> None:
    core = crosswalks.load(PLUTCHIK)
    base = np.random.default_rng(3).dirichlet(np.ones(28))
    drawn = flows.flow(core, base.tolist())
    whole = 28 * flows.ROW
    assert [n.height for n in drawn.sources] == pytest.approx((base * whole).tolist(), abs=0.1)
    rest = next(n for n in drawn.targets if n.name == flows.UNMAPPED)
    assert rest.height == pytest.approx(whole * float(base @ (1 - core.matrix().sum(axis=1))), abs=0.1)
    tops = [n.y for n in drawn.sources]
    assert min(np.diff(tops)) > 0
    assert drawn.height == flows.flow(core, (10 * base).tolist()).height, "base rates are shares"


def test_the_gauges_are_the_figures_of_the_report_and_the_address_chooses_whose() -> None:
    core = crosswalks.load(PLUTCHIK)
    found = losses.losses(core, {"corpus:letters:writer": loss_report(core, np.arange(1.0, 29.0)).to_dict()})
    kept, unmapped, trip = losses.chosen(found, "even").gauges
    even = loss_report(core)
    told = [even[name] for name in ("kept_share", "unmapped", "round_trip_jsd")]
    assert [kept.share, unmapped.share, trip.share] == pytest.approx([100 * (x or 0.0) for x in told], abs=0.01)
    assert losses.chosen(found, "").where == "letters"
    assert losses.chosen(found, "no such").where == "letters"
    assert sum(losses.chosen(found, "").base) == pytest.approx(1)


def test_facts_name_what_has_no_counterpart_and_what_cannot_be_said() -> None:
    told = {what: number for number, what in glances.glance(crosswalks.load(PLUTCHIK))}
    assert told["without a counterpart: curiosity, neutral"] == "2"
    up = {what: number for number, what in glances.glance(crosswalks.load("ekman-6--plutchik-8"))}
    assert up["masked, as the source cannot say them: anticipation, trust"] == "2"


def test_a_label_of_a_tree_has_the_colour_of_the_branch_it_stands_on() -> None:
    tree = schemes.load("parrott-tree")
    colours = {palette.of_label(tree.label(name), tree) for name in ("joy/zest/thrill", "joy")}
    assert colours == {"joy"}
    plain = schemes.Scheme.from_dict({"id": "x", "version": "1", "title": "x", "kind": "set", "labels": ["a1", "b1"]})
    assert palette.of_label(plain.labels[0], plain) == "other"


@pytest.mark.parametrize("shift", [0.08, -0.08])
def test_agreement_across_a_map_is_shown_with_its_null_and_without_a_rank(reader: Client, shift: float) -> None:
    row = Crosswalk.objects.get(ref=MAP)
    figure = {"value": 0.59, "observed": 0.39, "expected": 0.96, "units": 308}
    figures = {
        "perspective": "writer", "before": figure, "after": figure | {"value": 0.67, "observed": 0.26}, "p": 0.01,
        "change": {"value": shift, "low": shift - 0.01, "high": shift + 0.02, "reason": ""},
        "null": {"merges": 100, "low": -0.01, "median": 0.01, "high": 0.04},
    }  # fmt: skip
    params = {"scope_type": "corpus", "scope": "letters", "crosswalk": MAP}
    Job.objects.create(kind=across.KIND, title="x", params=params, state="done", result={"figures": [figures]})
    page = reader.get(f"/crosswalks/{row.ref}/").content.decode()
    for word in (
        "observed 0.390",
        "observed 0.260",
        "expected 0.960",
        "More than merging" if shift > 0 else "Less than merging",
        "100 random merges",
        "not ranked",
    ):
        assert word in page
