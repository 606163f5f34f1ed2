"""Agreement pages on a corpus that was really measured: the page, the files and the store say the same."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from chorale.jobs import control
from chorale.store.models import Aggregate, AgreementReport, Job
from chorale.web import methods
from chorale.web.reports import whole
from tests.service import agreement_scene
from tests.service.test_web_pages import client_of, plain_static

pytestmark = pytest.mark.django_db
__all__ = ["plain_static"]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """Measured once for all tests here."""
    with agreement_scene.committed(django_db_blocker) as built:
        yield built


def page(world: dict[str, Any], address: str, who: str = "admin") -> str:
    response = client_of(world, who).get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def base(world: dict[str, Any]) -> str:
    return f"/agreement/{world['report'].pk}/"


def rows_of(world: dict[str, Any], name: str) -> list[dict[str, str]]:
    text = page(world, f"{base(world)}{name}.csv")
    return list(csv.DictReader(io.StringIO(text)))


def test_alpha_by_label_is_the_stored_one_on_the_page_in_csv_and_in_json(world: dict[str, Any]) -> None:
    parts = world["report"].body["people"]["parts"]
    told = {row["label"]: row for row in rows_of(world, "by-label")}
    plain = {row["label"]: row for row in json.loads(page(world, f"{base(world)}by-label.json"))["rows"]}
    shown = page(world, base(world))
    for label in ("joy", "fear", "neutral"):
        assert float(told[label]["value"]) == plain[label]["value"] == parts[label]["value"]
        assert (float(told[label]["low"]), float(told[label]["high"])) == (parts[label]["low"], parts[label]["high"])
        assert f"{parts[label]['value']:.3f}" in shown


def test_a_label_that_nobody_used_is_undefined_with_its_reason_and_never_a_number(world: dict[str, Any]) -> None:
    figure = world["report"].body["people"]["parts"][agreement_scene.UNUSED]
    (row,) = [r for r in rows_of(world, "by-label") if r["label"] == agreement_scene.UNUSED]
    assert (row["value"], row["low"], row["reason"]) == ("", "", figure["reason"])
    text = page(world, base(world))
    assert f"Undefined for {agreement_scene.UNUSED}: {figure['reason'].rstrip('.')}." in text
    chart = json.loads(re.findall(r'id="alpha-by-label">.*?<script[^>]*>(.*?)</script>', text, re.DOTALL)[0])
    assert agreement_scene.UNUSED not in json.dumps(chart)


def test_every_chart_has_axis_titles_a_table_and_files(world: dict[str, Any]) -> None:
    text = page(world, base(world))
    figures = re.findall(r'<figure data-chart id="([\w-]+)">(.*?)</figure>', text, re.DOTALL)
    assert len(figures) >= 10
    for name, figure in figures:
        spec = json.loads(re.findall(r"<script[^>]*>(.*?)</script>", figure, re.DOTALL)[0])
        layers = spec.get("layer", [spec])
        titles = [layer["encoding"][axis].get("title") or layer["encoding"][axis].get("axis", {}).get("title")
                  for axis in "xy" for layer in layers if axis in layer["encoding"]]  # fmt: skip
        assert sum(bool(title) for title in titles) >= 2, name
        assert "<table" in figure, name
    for name in whole.tables(world["report"]):
        assert f'{base(world)}{name}.csv"' in text
        assert rows_of(world, name)


def test_what_a_person_may_see_and_start(world: dict[str, Any]) -> None:
    rater = f'href="/raters/{world["raters"][0].pk}/"'
    assert rater in page(world, base(world), "admin")
    seen = page(world, base(world), "researcher")
    assert rater not in seen
    assert "Measure again" not in seen
    for address in ("/agreement/start/", "/agreement/progress/", f"/raters/{world['raters'][0].pk}/"):
        assert client_of(world, "researcher").get(address).status_code in (403, 404)
    assert Client(headers={"host": "localhost"}).get(base(world)).status_code == 302


def test_the_archive_holds_the_kept_report_and_every_table(world: dict[str, Any]) -> None:
    response = client_of(world, "researcher").get(f"/agreement/{world['report'].pk}.zip")
    with zipfile.ZipFile(io.BytesIO(response.content)) as file:
        names = set(file.namelist())
        kept = json.loads(file.read("report.json"))
    assert {key: kept[key] for key in world["report"].body} == world["report"].body
    tables = set(whole.tables(world["report"]))
    assert {"by-label", "hardest", "raters", "confusion", "model-1-standings", "slices", "filters"} <= tables
    assert names == {"README.txt", "report.json"} | {f"tables/{t}.{e}" for t in tables for e in ("csv", "json")}
    assert client_of(world, "researcher").get(f"/agreement/{world['report'].pk}.zip").content == response.content


def test_hardest_items_show_all_votes_as_soft_labels_and_escape_what_people_wrote(world: dict[str, Any]) -> None:
    kept = world["report"].body["panel"]["hardest"]
    told = rows_of(world, "hardest")
    assert [row["item"] for row in told] == [str(agreement_scene.Item.objects.get(pk=k["item"]).uuid) for k in kept]
    assert sum(int(n.split("=")[1]) for n in told[0]["votes"].split(";")) == agreement_scene.PEOPLE
    text = page(world, base(world))
    assert "/items/?corpus=voices&amp;verdict=undecidable" in text
    found = client_of(world, "researcher").get("/items.json?corpus=voices&verdict=undecidable").json()["rows"]
    assert len(found) == agreement_scene.ITEMS
    assert client_of(world, "researcher").get("/items.json?verdict=people+split").json()["rows"] == []
    assert text.count('class="soft-label"') == len(kept)
    assert agreement_scene.web_scene.EVIL not in text


def test_a_model_s_panel_says_verdicts_test_losses_and_the_human_floor(world: dict[str, Any]) -> None:
    (model,) = world["report"].body["models"]
    told = {row["label"]: row["verdict"] for row in rows_of(world, "model-1-standings")}
    assert told == {row["label"]: row["standing"] for row in model["panel"]["standings"]}
    assert told[agreement_scene.UNUSED] == "not testable"
    people = [row["rater"] for row in rows_of(world, "model-1-test")]
    assert sorted(people) == [rater.pseudonym for rater in world["raters"]]
    assert {row["of"] for row in rows_of(world, "model-1-divergence")} == {
        "the model", "the model at equal n", "people (the floor)",
    }  # fmt: skip
    assert "log loss" in {row["score"] for row in rows_of(world, "model-1-vote-scores")}


def test_slices_are_chosen_in_the_address_and_filters_show_before_and_after(world: dict[str, Any]) -> None:
    text = page(world, f"{base(world)}?slice=facet+month&label=joy")
    assert '<option value="facet month" selected>' in text
    assert "By facet month: joy" in text
    rows = rows_of(world, "slices")
    assert {row["part"] for row in rows if row["by"] == "facet month"} == {"1", "2"}
    (rule,) = [row for row in rows_of(world, "filters") if row["rule"] == "raters voice-3"]
    assert int(rule["judgments_left_out"]) == agreement_scene.ITEMS
    assert float(rule["after"]) > float(rule["before"])
    assert client_of(world, "admin").get(f"{base(world)}?slice=nothing&label=nothing").status_code == 200


def test_two_reports_of_one_scheme_have_differences_of_two_schemes_none(world: dict[str, Any]) -> None:
    one, other = world["report"], world["other"]
    text = page(world, f"/agreement/compare/?one={one.pk}&other={other.pk}")
    gap = other.body["people"]["parts"]["joy"]["value"] - one.body["people"]["parts"]["joy"]["value"]
    assert "Difference" in text
    assert f"{gap:.3f}".replace("-", "\u2212") in text
    told = client_of(world, "admin").get(f"/agreement/compare/by-label.json?one={one.pk}&other={other.pk}").json()
    assert {row["label"]: row["difference"] for row in told["rows"]}["joy"] == gap
    from chorale.store import registry

    strange = AgreementReport.objects.create(
        scope_type="corpus", scope="voices", scheme=registry.scheme("plutchik-8"), perspective="reader", body=one.body
    )
    text = page(world, f"/agreement/compare/?one={one.pk}&other={strange.pk}")
    assert "not ranked" in text
    assert "Difference" not in text
    assert client_of(world, "admin").get("/agreement/compare/?one=x&other=999999999999999999999").status_code == 200


def test_the_road_to_measure_and_settle(world: dict[str, Any]) -> None:
    client = client_of(world, "admin")
    assert "?scope_type=corpus&amp;scope=voices" in page(world, "/agreement/start/")
    form = {"scope_type": "corpus", "scope": "voices", "rounds": "20", "seed": "1"}
    empty = client.post("/agreement/start/", form)
    assert empty.status_code == 422
    wrong = client.post("/agreement/start/", form | {"acts": ["measure"], "leave_out": "nobody"})
    assert "There is no rater nobody." in wrong.content.decode()
    assert not Job.objects.filter(params__seed=1).exists()
    sent = form | {"acts": ["measure", "settle"], "ways": ["votes", "mace"], "least_judgments": "50"}
    response = client.post("/agreement/start/", sent)
    assert response.status_code == 302
    measure, settle = Job.objects.filter(started_by=world["admin"]).order_by("pk")
    assert measure.params["filters"] == [{"least_judgments": 50}]
    assert settle.params["ways"] == ["votes", "mace"]
    text = client.get(response["Location"]).content.decode()
    assert 'hx-trigger="every 1s"' in text
    assert f"/jobs/{measure.uuid}/cancel/" in text
    control.cancel(by=world["admin"], job=measure)
    control.cancel(by=world["admin"], job=settle)
    assert "every 1s" not in client.get(response["Location"]).content.decode()


def test_a_rater_s_page_says_what_the_report_says(world: dict[str, Any]) -> None:
    rater, panel = world["raters"][3], world["report"].body["panel"]
    own = next(row for row in panel["raters"] if row["rater"] == str(rater.pk))
    text = page(world, f"/raters/{rater.pk}/")
    assert f"{own['value']:.3f}" in text
    assert f"{panel['rater_pages'][str(rater.pk)]['competence']['value']:.3f}" in text
    assert "Which labels it prefers" in text
    file = f"/raters/{rater.pk}/report-{world['report'].pk}-preference"
    assert f'href="{file}.csv"' in text
    leaning = client_of(world, "admin").get(f"{file}.json").json()["rows"]
    assert {row["label"]: row["z"] for row in leaning}["joy"] == panel["rater_pages"][str(rater.pk)]["preference"][
        "joy"
    ]["z"]
    assert client_of(world, "researcher").get(f"{file}.csv").status_code == 403
    listed = {row["pseudonym"]: row for row in client_of(world, "admin").get("/raters.json").json()["rows"]}
    assert listed["voice-3"]["agreement"] in (own["value"], *_of_the_half(world, rater))
    model = page(world, f"/raters/{world['model'].pk}/")
    assert "may" in model
    assert "corpus voices" in model


def _of_the_half(world: dict[str, Any], rater: Any) -> list[float]:
    rows = world["other"].body["panel"]["raters"]
    return [row["value"] for row in rows if row["rater"] == str(rater.pk)]


def test_an_item_shows_every_aggregation_beside_the_others_the_verdict_and_the_ruling(world: dict[str, Any]) -> None:
    item = world["items"][0]
    methods_made = set(Aggregate.objects.filter(item=item).values_list("method", flat=True))
    assert {"votes", "dirichlet", "dawid-skene", "ruled"} <= methods_made
    text = page(world, f"/items/{item.uuid}/")
    for method in methods_made:
        assert f"<h3>{method} " in text
    assert "not tested: fewer than 8 votes" in text
    assert 'class="badge ">undecidable<' in text
    assert "Ruled: fear" in text
    assert "The writer says so." in text
    assert "bound-line" in text
    assert page(world, f"/items/{item.uuid}/", "researcher").count(">voice-1<") == 0


def test_every_figure_leads_to_the_passage_that_explains_it(world: dict[str, Any]) -> None:
    _, sections = methods.page("methods")
    anchors = {anchor for anchor, _ in sections}
    assert set(methods.ANCHORS.values()) <= anchors
    for section in whole.sections(world["report"], linked=False):
        for panel in section.every:
            assert panel.empty or panel.method in methods.ANCHORS, panel.table.name
    anybody = Client(headers={"host": "localhost"})
    for name in methods.PAGES:
        assert anybody.get(f"/methods/{name}/").status_code == 200
    assert anybody.get("/methods/../settings/").status_code == 404
    assert anybody.get("/methods/secrets/").status_code == 404


def test_reports_settlings_and_raters_over_the_api(world: dict[str, Any]) -> None:
    reader = client_of(world, "researcher")
    rows = reader.get("/api/v1/agreement?scope=voices").json()["rows"]
    assert [row["alpha"] for row in rows] == [world["report"].body["people"]["overall"]["value"]]
    assert reader.get(f"/api/v1/agreement/{world['report'].pk}").json()["body"] == world["report"].body
    (settling,) = reader.get("/api/v1/settlings?scope=voices").json()["rows"]
    assert settling["body"]["ways"]["votes"]["items"] == agreement_scene.ITEMS
    assert reader.get("/api/v1/raters").status_code == 403
    admin = client_of(world, "admin")
    assert {row["kind"] for row in admin.get("/api/v1/raters").json()["rows"]} == {"person", "model"}
    told = admin.get(f"/api/v1/raters/{world['raters'][0].pk}").json()["reports"]
    assert {row["scope"] for row in told} == {"voices", "half"}
