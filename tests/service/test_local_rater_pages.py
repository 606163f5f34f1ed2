"""Raters without a server from pages and commands: lexicon, function, file; a model that speaks through a map."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from annotation.model_raters import plugin
from annotation.model_raters.calibration import reliability
from chorale.jobs import control, engine
from chorale.store import bridge, registry
from chorale.store.models import Calibration, Collection, Event, Item, Job, Judgment, Rater, RaterTrainingItem
from chorale.store.models.people import Role
from harmonize.problems import ChoraleError
from tests.service.test_bake_off import labelled
from tests.service.test_prelabel_local import Point
from tests.service.test_release_pages import signed_in, text, worked
from tests.service.test_web_pages import plain_static
from tests.service.web_scene import person

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120),
    pytest.mark.usefixtures("plain_static"),
]
__all__ = ["labelled", "plain_static"]

ABOUT = {"collection": "notes-all", "scheme": "ekman-6@1.0.0", "perspective": "writer"}
LINES = "joy,happy\nanger,/rage|furious/,2\nfear,dark\nglee,ha"


@pytest.fixture
def admin(labelled: None) -> Any:
    return signed_in(person("ada", Role.ADMIN))


def test_a_lexicon_from_the_page_and_from_a_file(admin: Any, tmp_path: Path) -> None:
    lexicon = {"rater": "lexicon", "lexicon_name": "tiny", "lexicon_version": "2"}
    refused = admin.post("/jobs/start/prelabel/", ABOUT | lexicon | {"lexicon_lines": "glee,ha"})
    assert refused.status_code == 422
    assert "is no label of ekman-6" in text(refused).replace("&#x27;", "'")
    admin.post("/jobs/start/prelabel/", ABOUT | lexicon | {"lexicon_lines": LINES, "negators": "not, never"})
    job = worked("prelabel")
    assert (job.result["judgments"], job.result["lines_left_out"]) == (60, 1)
    page = text(admin.get(f"/jobs/{job.uuid}/"))
    assert "line 4" in page
    assert "Labels so far" in page
    again = text(admin.get(f"/jobs/start/prelabel/?like={job.uuid}"))
    assert "/rage|furious/" in again
    assert "not never" in again
    file = tmp_path / "tiny.csv"
    file.write_text(LINES)
    options = {"perspective": "writer", "lexicon": file, "lexicon_version": "2", "negators": ["not", "never"]}
    call_command("prelabel", "notes-all", "ekman-6", here=True, **options)
    assert Rater.objects.filter(kind="model").count() == 1, "the same lexicon is the same rater"


def test_an_installed_function_from_the_page(admin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "entry_points", lambda group: [Point()])
    assert "Your function first-letter" in text(admin.get("/jobs/start/prelabel/"))
    chosen = {"rater": "function:first-letter", "options": json.dumps({"seen": ["0"]})}
    admin.post("/jobs/start/prelabel/", ABOUT | chosen)
    assert worked("prelabel").result["usable_against_people"] == 59


def predictions(bad: str = "") -> bytes:
    names = ["item", *registry.scheme("ekman-6").core.names]
    rows = [f"{n},{','.join(['0.5', *['0.1'] * 5])}" for n in range(10)]
    return "\n".join([",".join(names), *rows, bad]).encode()


def test_predictions_from_a_file_by_page_and_command(admin: Any, tmp_path: Path) -> None:
    given = {
        "name": "mine",
        "version": "1",
        "scheme": ABOUT["scheme"],
        "perspective": "writer",
        "trained_on": "nothing",
    }
    for name, body, wrong in (("m.txt", b"x", "none of .csv"), ("m.csv", b"item,joy\n1,1", "lacks columns")):
        answer = admin.post("/jobs/start/predictions/", given | {"file": SimpleUploadedFile(name, body)})
        assert (answer.status_code, wrong in text(answer)) == (422, True)
    admin.post(
        "/jobs/start/predictions/", given | {"file": SimpleUploadedFile("m.csv", predictions("nowhere,1,0,0,0,0,0"))}
    )
    job = worked("import_predictions")
    assert (job.done, job.failed, job.result["judgments"], job.result["left_out"]) == (11, 1, 10, 1)
    assert "nowhere" in text(admin.get(f"/jobs/{job.uuid}/"))
    assert Event.objects.get(action="predictions.import").by is not None
    file = tmp_path / "m.csv"
    file.write_bytes(predictions())
    options = {"perspective": "writer", "name": "mine", "model_version": "1", "here": True}
    call_command("import_predictions", file, "ekman-6", trained_on="nothing", **options)
    assert Judgment.objects.filter(rater__kind="model").count() == 10, "no row twice"
    with pytest.raises(ChoraleError, match="trained on other items"):
        engine.start("import_predictions", by=None, params=job.params | {"trained_on": "notes-all"})


def test_a_map_is_fitted_shown_and_spoken_through(admin: Any) -> None:
    admin.post("/jobs/start/prelabel/", ABOUT | {"rater": "classifier"})
    raw = Rater.objects.get(pseudonym=worked("prelabel").result["rater"])
    page = text(admin.get(f"/raters/{raw.pk}/"))
    assert "Cross-validated" in page
    admin.post(
        "/jobs/start/calibrate/",
        {"rater": raw.pseudonym, "collection": "notes-all", "method": "temperature", "seed": 0},
    )
    job = worked("calibrate")
    row = Calibration.objects.get()
    assert Event.objects.get(action="calibration.fit").detail["rater"] == raw.pseudonym
    fitted = set(row.map["fitted_on"])
    assert len(fitted) + row.report["items"] == 60
    before, after = (row.report[side]["log loss"]["value"] for side in ("before", "after"))
    assert after < before, "four people say the same more often than the classifier dares to"
    shown = text(admin.get(f"/calibrations/{row.pk}/"))
    assert row.ref in shown
    assert f"{before:.3f}" in shown
    assert row.ref in text(admin.get("/calibrations/"))
    again = engine.start("calibrate", by=None, params=job.params)
    assert control.run_here(again).result["calibration"] == row.pk, "the same data give the same map"
    admin.post("/jobs/start/prelabel/", ABOUT | {"rater": "classifier", "calibration": row.ref})
    spoken = worked("prelabel")
    assert spoken.result["rater"] == row.calibrated.pseudonym
    seen = Judgment.objects.filter(rater=row.calibrated, out_of_fold=False).values_list("item", flat=True)
    assert set(seen) == fitted
    assert set(RaterTrainingItem.objects.filter(rater=row.calibrated).values_list("item", flat=True)) >= fitted
    outside = {"perspective": "writer", "collection": Collection.objects.get(slug="notes-all"), "out_of_fold": True}
    scheme = registry.scheme("ekman-6")
    told = bridge.judgments(scheme, who="model", rater=row.calibrated, **outside)
    people = bridge.judgments(scheme, who="people", perspective="writer", collection=outside["collection"])
    assert np.isclose(reliability(people, told)["ece"], row.report["after"]["reliability"]["ece"], atol=1e-4)
    harmful(admin, row)
    with pytest.raises(ChoraleError, match="has no calibration"):
        control.run_here(
            engine.start(
                "prelabel", by=None, params=ABOUT | {"engine": "classifier", "seed": 9, "calibration": row.ref}
            )
        )


def harmful(admin: Any, row: Calibration) -> None:
    """A map that made the log loss worse says so wherever it is shown, and is taken only where that is confirmed."""
    row.report["after"]["log loss"]["value"] = row.report["before"]["log loss"]["value"] + 0.1
    row.save(update_fields=["report"])
    assert "log loss became worse" in text(admin.get(f"/calibrations/{row.pk}/"))
    assert "made log loss worse" in text(admin.get("/jobs/start/prelabel/"))
    asked = ABOUT | {"rater": "classifier", "calibration": row.ref}
    refused = admin.post("/jobs/start/prelabel/", asked)
    assert refused.status_code == 422
    assert "made the model worse" in text(refused)
    assert admin.post("/jobs/start/prelabel/", asked | {"calibration_anyway": "on"}).status_code == 302
    row.report["after"]["log loss"]["value"] = row.report["before"]["log loss"]["value"]
    row.save(update_fields=["report"])


def test_too_little_to_fit_on_is_refused_with_the_reason(admin: Any) -> None:
    admin.post("/jobs/start/prelabel/", ABOUT | {"rater": "classifier"})
    rater = worked("prelabel").result["rater"]
    Item.objects.filter(source_id__gte="3").delete()
    job = engine.start("calibrate", by=None, params={"rater": rater, "collection": "notes-all", "method": "isotonic"})
    with pytest.raises(ChoraleError, match="too few"):
        control.run_here(job)
    assert not Calibration.objects.exists()
    assert Job.objects.get(pk=job.pk).state == "failed"
