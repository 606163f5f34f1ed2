"""Pages of schemes and crosswalks: who may open them, editing and review, that versions never change, trials."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from chorale.store import crosswalk_review, language_editing, registry
from chorale.store.models import Crosswalk, Event, Scheme, User
from chorale.store.models.people import Role
from chorale.web import trials
from harmonize import crosswalks, schemes
from harmonize.crosswalks import map_soft, proportion_bounds, sssom
from harmonize.problems import ChoraleError
from harmonize.records import Semantics, SoftLabels
from harmonize.schemes.written import to_toml
from tests.service import web_scene

pytestmark = pytest.mark.django_db
MAP = "goemotions-28--ekman-6-neutral@1.0.0"
SMALL = "ekman-7--ekman-6@1.0.0"
STAFF, ADMIN = {"admin", "researcher"}, {"admin"}


@pytest.fixture(autouse=True)
def plain_static(settings: Any) -> None:
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def people() -> dict[str, User]:
    for ref in (MAP, SMALL):
        registry.crosswalk(ref)
    registry.scheme("plutchik-24")
    return {
        "admin": web_scene.person("ada", Role.ADMIN),
        "researcher": web_scene.person("rhea", Role.RESEARCHER),
        "annotator": web_scene.person("anna", Role.ANNOTATOR),
    }


def client_of(people: dict[str, User], who: str) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(people[who], backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def soft(names: tuple[str, ...], values: list[float], semantics: Semantics) -> SoftLabels:
    return SoftLabels(semantics, pa.array(["x"]), names, np.array([values]), np.array([-1], np.int32), "as typed")


@pytest.mark.parametrize("who", ["admin", "researcher", "annotator"])
def test_each_page_opens_for_its_roles_alone(people: dict[str, User], who: str) -> None:
    pages = {
        "/schemes/plutchik-24@1.0.0/": STAFF,
        "/schemes/plutchik-24@1.0.0/download.toml": STAFF,
        "/schemes/plutchik-24@1.0.0/download.json": STAFF,
        "/schemes/ekman-6@1.0.0/compare/ekman-7@1.0.0/": STAFF,
        "/schemes/new/": ADMIN,
        "/schemes/new/?from=ekman-6@1.0.0": ADMIN,
        f"/crosswalks/{MAP}/": STAFF,
        f"/crosswalks/{MAP}/try/": STAFF,
        f"/crosswalks/{MAP}/ways/": STAFF,
        f"/crosswalks/{MAP}/download.sssom.tsv": STAFF,
        f"/crosswalks/{MAP}/compare/{SMALL}/": STAFF,
        "/crosswalks/new/": ADMIN,
        f"/crosswalks/new/?from={MAP}": ADMIN,
        "/crosswalks/new/?source=ekman-7@1.0.0&target=ekman-6@1.0.0": ADMIN,
        "/jobs/start/across_crosswalk/": ADMIN,
        f"/crosswalks/{MAP}/try/items/?q=x": STAFF,
        "/crosswalks/learn/": ADMIN,
        "/gaussians/": STAFF,
        "/gaussians/new/": ADMIN,
        "/derived/": STAFF,
        "/derived/new/": ADMIN,
        "/forms/": ADMIN,
        "/forms/new/": ADMIN,
    }
    client = client_of(people, who)
    wrong = [
        (url, s) for url, may in pages.items() if (s := client.get(url).status_code) != (200 if who in may else 403)
    ]
    assert wrong == []
    told = {"status": "reviewed", "reason": "I read it."}
    if who != "admin":
        assert client.post(f"/crosswalks/{MAP}/review/", told).status_code == 403
        assert client.post("/schemes/new/", {"way": "text", "text": "id = 1"}).status_code == 403
        assert client.post("/schemes/new/preview/", {"way": "text", "text": "id = 1"}).status_code == 403
        assert client.post("/schemes/plutchik-24@1.0.0/withdraw/").status_code == 403
        assert client.post(f"/crosswalks/{MAP}/withdraw/").status_code == 403
        assert client.post("/forms/new/", {"way": "text", "text": "id = 1"}).status_code == 403
        assert client.post("/forms/new/preview/", {"way": "text", "text": "id = 1"}).status_code == 403
        assert client.post(f"/crosswalks/new/?from={MAP}", {"way": "table"}).status_code == 403


def test_a_scheme_page_tells_definitions_opposites_sources_and_what_is_unverified(people: dict[str, User]) -> None:
    page = client_of(people, "researcher").get("/schemes/plutchik-24@1.0.0/").content.decode()
    core = schemes.load("plutchik-24")
    assert all(label.name in page for label in core.labels)
    assert core.label("anger").definition in page
    assert f"{sum(link.status != 'verified' for link in core.links)} of {len(core.links)} unverified" in page
    assert page.count("<path class=") == 24
    assert str(core.arrow_type()) in page.replace("&lt;", "<").replace("&gt;", ">")


def test_a_tree_is_drawn_with_every_label_below_its_parent(people: dict[str, User]) -> None:
    registry.scheme("parrott-tree")
    page = client_of(people, "researcher").get("/schemes/parrott-tree@1.0.0/").content.decode()
    drawn = page[page.index("tree-list") : page.index("h-labels")]
    assert drawn.count("<li") == len(schemes.load("parrott-tree").names)


@pytest.mark.parametrize("ref", ["plutchik-dyads", "parrott-tree", "vad-9", "brighter-6", "goemotions-28"])
def test_the_downloads_are_the_scheme(people: dict[str, User], ref: str) -> None:
    core = registry.scheme(ref).core
    client = client_of(people, "researcher")
    toml = client.get(reverse("scheme-download", args=[core.ref, "toml"])).content.decode()
    assert schemes.Scheme.from_dict(tomllib.loads(toml)) == core
    assert schemes.Scheme.from_dict(client.get(reverse("scheme-download", args=[core.ref, "json"])).json()) == core
    assert client.get(f"/schemes/{core.ref}/download.exe").status_code == 404


def test_the_sssom_download_is_the_crosswalk(people: dict[str, User]) -> None:
    text = client_of(people, "researcher").get(reverse("crosswalk-download", args=[MAP])).content.decode()
    assert sssom.read(text) == crosswalks.load(MAP)


def test_a_typed_label_maps_as_harmonize_maps_it() -> None:
    core = crosswalks.load("plutchik-24--plutchik-8")
    tried = trials.typed("rage=0.5, joy: 0.25\ngrief=0.25", "posterior", core)
    values = [{"rage": 0.5, "joy": 0.25, "grief": 0.25}.get(name, 0.0) for name in core.source_labels.names]
    found = map_soft(soft(core.source_labels.names, values, Semantics.POSTERIOR), core)
    assert found.unmapped is not None
    assert tried.unmapped == pytest.approx(float(found.unmapped[0]), abs=1e-12)
    assert tried.mapped is not None
    shown = {row.name: row.value for row in tried.mapped.rows}
    for name, value in zip(found.labels, found.values[0], strict=True):
        assert shown[name] == pytest.approx(value, abs=1e-12)


def test_typed_proportions_are_shown_as_bounds() -> None:
    core = crosswalks.load(MAP)
    tried = trials.typed("anger=0.6, annoyance=0.5, joy=0.2, fear=?", "", core)
    values = [
        {"anger": 0.6, "annoyance": 0.5, "joy": 0.2, "fear": np.nan}.get(n, 0.0) for n in core.source_labels.names
    ]
    found = proportion_bounds(soft(core.source_labels.names, values, Semantics.PROPORTIONS), core)
    assert tried.mapped is None
    shown = {b.name: (b.low, b.high) for b in tried.bounds}
    expected = dict(zip(found.labels, zip(found.low[0], found.high[0], strict=True), strict=True))
    assert shown == {name: pair for name, pair in expected.items() if not np.isnan(pair[0])}
    assert shown["anger"] == (0.6, 1.0)


@pytest.mark.parametrize(
    ("text", "meaning", "word"),
    [
        ("glee=1", "", "has no label"),
        ("joy", "", "no label=share pair"),
        ("joy=0.4", "posterior", "sum to 1"),
        ("joy=1", "x", "no meaning"),
    ],
)
def test_a_trial_that_cannot_be_read_says_why(text: str, meaning: str, word: str) -> None:
    assert word in trials.typed(text, meaning, crosswalks.load(MAP)).problem


def test_the_trial_page_shows_unmapped_mass_and_an_item_of_the_corpus(people: dict[str, User]) -> None:
    core = crosswalks.load("goemotions-28--plutchik-8")
    registry.crosswalk(core.ref)
    client = client_of(people, "researcher")
    told = {"label": "curiosity=0.75, joy=0.25", "meaning": "posterior"}
    page = client.get(reverse("crosswalk-trial", args=[core.ref]), told).content.decode()
    assert '<b class="num">0.750</b>' in page
    part = client.get(
        reverse("crosswalk-trial", args=[core.ref]), told, headers={"HX-Request": "true"}
    ).content.decode()
    assert part.lstrip().startswith('<div id="trial"')


def test_an_items_soft_label_is_tried_with_its_own_semantics(settings: Any, tmp_path: Any) -> None:
    settings.OBJECT_STORE = tmp_path.as_uri()
    scene = web_scene.build()
    row = registry.crosswalk("ekman-6-neutral--ekman-6@1.0.0")
    chosen = trials.search(row)[0]
    tried = trials.of_item(chosen, row.core)
    assert tried.given is not None
    assert tried.given.semantics == "distribution"
    assert tried.unmapped == 0.0
    page = client_of(scene, "researcher").get(reverse("crosswalk-trial", args=[row.ref]), {"item": chosen.pk})
    assert page.status_code == 200
    assert "joy 1.00" in page.content.decode()


FIELDS = {
    "way": "fields", "id": "moods", "version": "1.0.0", "title": "Moods", "kind": "set", "language": "de",
    "labels": "freude = Freude: Glück\n  wonne\ntrauer\nruhe", "neutral": "ruhe", "source": "Ourselves",
}  # fmt: skip


def test_a_scheme_by_fields_is_registered_with_an_event(people: dict[str, User]) -> None:
    sent = client_of(people, "admin").post("/schemes/new/", FIELDS)
    assert sent.status_code == 302
    core = Scheme.objects.get(ref="moods@1.0.0").core
    assert core.names == ("freude", "wonne", "trauer", "ruhe")
    assert (core.label("freude").name, core.label("freude").definition) == ("Freude", "Glück")
    assert core.label("wonne").parent == "freude"
    assert core.label("ruhe").role == "neutral"
    event = Event.objects.get(action="scheme.register", detail__ref="moods@1.0.0")
    assert event.by == people["admin"]


def test_dimensions_by_fields(people: dict[str, User]) -> None:
    told = FIELDS | {
        "id": "grid",
        "kind": "dimension",
        "labels": "",
        "neutral": "",
        "dimensions": "v: -1 to 1\na: 1 to 5 step 1",
    }
    assert client_of(people, "admin").post("/schemes/new/", told).status_code == 302
    v, a = Scheme.objects.get(ref="grid@1.0.0").core.dimensions
    assert (v.low, v.high, v.step) == (-1.0, 1.0, None)
    assert (a.low, a.high, a.step) == (1.0, 5.0, 1.0)


def test_every_problem_of_a_scheme_is_shown_and_nothing_registered(people: dict[str, User]) -> None:
    told = FIELDS | {"id": "bad id", "labels": "joy\njoy", "neutral": "calm"}
    answer = client_of(people, "admin").post("/schemes/new/", told)
    page = answer.content.decode()
    assert answer.status_code == 422
    for word in ("3 things to mend", "share an id", "will not do", "which is no label"):
        assert word in page
    assert not Scheme.objects.filter(ref__startswith="bad").exists()


def test_a_scheme_version_never_changes_and_its_successor_keeps_codes(people: dict[str, User]) -> None:
    admin = client_of(people, "admin")
    admin.post("/schemes/new/", FIELDS)
    before = Scheme.objects.get(ref="moods@1.0.0").definition
    again = admin.post("/schemes/new/", FIELDS | {"labels": "freude\ntrauer\nruhe"})
    assert again.status_code == 422
    assert "never changes" in again.content.decode()
    moved = admin.post("/schemes/new/", FIELDS | {"version": "1.1.0", "labels": "trauer\nfreude\nruhe"})
    assert "the code now means something else" in moved.content.decode()
    shipped = to_toml(schemes.load("isear-7"))  # not registered here yet: its name is taken all the same
    file = SimpleUploadedFile("isear.toml", shipped.replace("ISEAR", "Mine").encode())
    assert admin.post("/schemes/new/", {"way": "text", "file": file}).status_code == 422
    assert Scheme.objects.get(ref="moods@1.0.0").definition == before
    start = admin.get("/schemes/new/?from=moods@1.0.0").context["text"].initial["text"]
    text = start.replace('id = "ruhe", name = "ruhe"', 'id = "ruhe", name = "Ruhe", definition = "Stille"')
    assert admin.post("/schemes/new/", {"way": "text", "text": text}).status_code == 302
    page = admin.get("/schemes/moods@1.0.0/compare/moods@1.1.0/").content.decode()
    assert "Every code keeps its meaning" in page
    assert '<span class="change-new">Stille</span>' in page


def test_what_is_no_toml_or_no_scheme_is_told(people: dict[str, User]) -> None:
    admin = client_of(people, "admin")
    for text in ("id = ", "id = 'x'", "", "labels = 3\nkind = 'set'"):
        assert admin.post("/schemes/new/", {"way": "text", "text": text}).status_code == 422, text


def table(core: crosswalks.Crosswalk, **head: str) -> dict[str, Any]:
    """What the editor of a crosswalk sends back unchanged."""
    from chorale.web.crosswalk_forms import COLUMNS, rows

    told: dict[str, Any] = {
        "way": "table",
        "id": core.id,
        "version": "1.1.0",
        "title": core.title,
        "origin": core.source,
    }
    told |= {"note": core.comment, "reason": "Read again."} | head
    return told | {name: [row[name] for row in rows(core)] for name in COLUMNS}


def test_the_editor_makes_a_new_version_that_is_reviewed_and_published(people: dict[str, User]) -> None:
    admin, core = client_of(people, "admin"), crosswalks.load(SMALL)
    sent = table(core)
    place = next(i for i, cell in enumerate(core.cells) if cell.weight == 1)
    sent["weight"][place], sent["comment"][place] = "0.5", "half of it"
    assert admin.post(f"/crosswalks/new/?from={SMALL}", sent).status_code == 302
    made, old = Crosswalk.objects.get(ref="ekman-7--ekman-6@1.1.0"), Crosswalk.objects.get(ref=SMALL)
    assert old.definition == core.to_dict()
    assert made.status == "proposed"
    changed = made.core.cells[place]
    assert (changed.weight, changed.comment, changed.source) == (0.5, "half of it", core.cells[place].source)
    assert made.core.cells[:place] == core.cells[:place]
    assert made.core.cells[place + 1 :] == core.cells[place + 1 :]
    event = Event.objects.get(action="crosswalk.propose")
    assert event.by == people["admin"]
    assert (event.detail["before"], event.detail["changed"], event.detail["added"]) == (SMALL, 1, 0)
    page = admin.get(f"/crosswalks/{made.ref}/compare/{SMALL}/").content.decode()
    assert "0 cells added, 0 removed, 1 changed" in page
    assert '<span class="change-new">half of it</span>' in page
    address = f"/crosswalks/{made.ref}/review/"
    for status in ("reviewed", "published"):
        assert admin.post(address, {"status": status, "reason": f"to {status}"}).status_code == 302
        made.refresh_from_db()
        assert (made.status, str(made.core.status)) == (status, status)
    reviews = Event.objects.filter(action="crosswalk.review").order_by("id")
    assert [(e.by, e.detail["reason"]) for e in reviews] == [
        (people["admin"], "to reviewed"), (people["admin"], "to published")
    ]  # fmt: skip
    page = client_of(people, "researcher").get(f"/crosswalks/{made.ref}/").content.decode()
    assert "to published" in page


def test_review_goes_one_step_at_a_time_and_needs_a_reason(people: dict[str, User]) -> None:
    row = Crosswalk.objects.get(ref=SMALL)
    Crosswalk.objects.filter(pk=row.pk).update(status="proposed")
    for status, reason, code in (("published", "x", "review-step"), ("reviewed", " ", "review-reason")):
        with pytest.raises(ChoraleError) as refused:
            crosswalk_review.review_crosswalk(by=people["admin"], crosswalk=row, status=status, reason=reason)
        assert refused.value.code == code
    assert not Event.objects.filter(action="crosswalk.review").exists()
    registry.register_crosswalk(by=None, core=crosswalks.load(SMALL))  # a reviewed row is still the shipped one


def test_a_registered_crosswalk_is_not_edited(people: dict[str, User]) -> None:
    core = crosswalks.load(SMALL)
    sent = table(core, version="1.0.0")
    answer = client_of(people, "admin").post(f"/crosswalks/new/?from={SMALL}", sent)
    assert answer.status_code == 422
    assert "never changes" in answer.content.decode()
    with pytest.raises(ChoraleError, match="never changes"):
        language_editing.propose_crosswalk(by=people["admin"], core=core)


def test_faults_of_the_table_are_all_shown(people: dict[str, User]) -> None:
    sent = table(crosswalks.load(SMALL))
    sent["object"][0], sent["weight"][1], sent["object"][2] = "", "1.5", "glee"
    answer = client_of(people, "admin").post(f"/crosswalks/new/?from={SMALL}", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    for word in ("is not looked at", "outside 0..1", "is no label of"):
        assert word in page
    assert 'value="glee"' in page, "what was typed is still there"
    assert not Crosswalk.objects.filter(ref="ekman-7--ekman-6@1.1.0").exists()


def test_a_file_is_proposed_between_schemes_of_ones_own(people: dict[str, User]) -> None:
    admin = client_of(people, "admin")
    admin.post("/schemes/new/", FIELDS)
    lines = ["subject_id\tpredicate_id\tobject_id\tmapping_justification\tconfidence\tmapping_source\tweight"]
    for name, target in (("freude", "ekman-6:joy"), ("wonne", "ekman-6:joy"), ("trauer", "ekman-6:sadness")):
        lines.append(f"moods:{name}\tskos:closeMatch\t{target}\tsemapv:ManualMappingCuration\t\tus\t1.0")
    lines.append("moods:ruhe\tskos:relatedMatch\tsssom:NoTermFound\tsemapv:ManualMappingCuration\t\tus\t0")
    head = {"mapping_set_id": "moods--ekman-6", "mapping_set_version": "1.0.0", "mapping_set_title": "Moods to Ekman"}
    head |= {"subject_source": "moods@1.0.0", "object_source": "ekman-6@1.0.0", "status": "published"}
    text = "".join(f"#{k}: {json.dumps(v)}\n" for k, v in head.items()) + "\n".join(lines) + "\n"

    def send(body: str) -> Any:
        file = SimpleUploadedFile("m.sssom.tsv", body.encode())
        return admin.post("/crosswalks/new/", {"way": "file", "file": file, "reason": "Needed."})

    assert "is not looked at" in send(text.replace(lines[2] + "\n", "")).content.decode()
    assert send(text).status_code == 302
    row = Crosswalk.objects.get(ref="moods--ekman-6@1.0.0")
    assert row.status == "proposed", "a file does not review itself"
    page = admin.get(f"/crosswalks/{row.ref}/try/", {"label": "ruhe=1", "meaning": "posterior"}).content.decode()
    assert '<b class="num">1.000</b>' in page
