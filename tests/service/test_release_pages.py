"""From the form to a withdrawn version: recipe, preview, build, diff, lineage, mirror, erasure, as pages and jobs."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from chorale.jobs import control
from chorale.store import registry, release_versions, releases
from chorale.store.models import Campaign, Corpus, Event, Item, Job, Judgment, Release, Ruling, User
from chorale.store.models.people import Role
from exports.recipe import Exclusion, Filters, Gates, Privacy, Recipe, Splits, Subset, Without
from exports.recipe_reader import read_recipe
from exports.verify import verify
from harmonize.problems import ChoraleError
from tests.service.test_release import fill, folder
from tests.service.test_web_pages import plain_static
from tests.service.web_scene import person

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["plain_static"]

SOURCES = "/releases/new/?corpora=letters&campaigns=reading&models=echo-1"
ANSWERS = {
    "slug": "letters", "version": "0.1.0", "title": "Letters", "changes": "First.", "licence": "CC0-1.0",
    "layers": ["goemotions_28", "goemotions_28_models"], "reserved": "mark", "min_raters": "2", "by": "hash",
    "train": "0.8", "dev": "0.1", "test": "0.1", "group": ["duplicate"], "views": ["classification-soft"],
    "subsets": ["human-only"], "fewest_judgments": "5",
}  # fmt: skip


@pytest.fixture
def admin(settings: Any, tmp_path: Path) -> User:
    settings.OBJECT_STORE, settings.MIRROR_FOLDER = (tmp_path / "objects").as_uri(), str(tmp_path)
    fill(1)
    layer = {"scheme": "goemotions-28@1.0.0", "perspective": "reader"}
    Campaign.objects.update(state="closed")
    Corpus.objects.update(descriptor={"layers": [layer]}, perspective="reader")
    registry.crosswalk("goemotions-28--plutchik-8@1.0.0")
    return person("ada", Role.ADMIN)


def signed_in(who: User) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def worked(kind: str) -> Job:
    """The newest job of a kind, worked to its end in this process."""
    return control.run_here(Job.objects.filter(kind=kind).latest("pk"))


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_whole_way_on_pages(admin: User, tmp_path: Path) -> None:
    pages = signed_in(admin)
    assert 'value="letters"' in text(pages.get("/releases/new/"))
    offered = text(pages.get(SOURCES))
    assert "goemotions-28--plutchik-8@1.0.0" in offered
    assert "model-confidence of models" in offered
    answer = pages.post(SOURCES, ANSWERS)
    assert (answer.status_code, answer.url) == (302, "/releases/letters/0.1.0/")
    row = Release.objects.get()
    recipe = read_recipe(row.recipe)
    assert (row.state, recipe.filters.min_raters, recipe.exclude_raters.fewest_judgments) == ("draft", 2, 5)
    assert [layer.raters for layer in recipe.layers] == ["people", "models"]
    previewed(pages, row)
    built(pages, row)
    second(pages, row, tmp_path)


def previewed(pages: Client, row: Release) -> None:
    one = f"/releases/{row.slug}/{row.version}/"
    pages.post(f"{one}preview/")
    assert "hx-trigger" in text(pages.get(one)), "a page that waits for its preview asks again by itself"
    job = worked("preview_release")
    assert job.result["report"]["items"] == 40
    shown = text(pages.get(one))
    assert "judgments_without_consent" not in shown
    assert ">40<" in shown
    assert shown.count('class="badge good"') >= 5
    assert Release.objects.get().state == "draft"
    pages.post(one, {"recipe": row.recipe.replace("First.", "First of all.")})
    assert "before your last change" in text(pages.get(one))
    wrong = pages.post(one, {"recipe": row.recipe.replace("min_raters", "min_rater")})
    assert (wrong.status_code, "filters.min_rater" in text(wrong)) == (422, True)


def built(pages: Client, row: Release) -> None:
    one = f"/releases/{row.slug}/{row.version}/"
    pages.post(f"{one}build/")
    worked("release")
    assert "First of all." in text(pages.get(one))
    assert pages.post(f"{one}discard/").status_code == 404, "only a draft can be thrown away"
    uuid = str(Item.objects.get(source_id="s3").uuid)
    lineage = text(pages.get(f"{one}items/{uuid}/"))
    assert "reading, form reading" in lineage
    assert "p-" in lineage
    assert "anna" not in lineage
    believed = text(pages.get(f"{one}items/{uuid}/?layer=goemotions_28_models"))
    assert f'href="/jobs/{Job.objects.get(kind="prelabel").uuid}/"' in believed, "a model's judgment leads to its job"
    here = text(pages.get(f"/items/{uuid}/"))
    assert f"{one}items/{uuid}/" in here, "the item leads to where its labels come from"
    assert str(Job.objects.get(kind="prelabel").uuid) in here
    assert pages.get(f"{one}items/{uuid}/?layer=nothing").status_code == 404
    pages.post(f"{one}publish/", {"access": "public"})
    assert Release.objects.get().state == "published"


def second(pages: Client, row: Release, tmp_path: Path) -> None:
    """The next version without one item; the difference; a mirror; the withdrawal of the first."""
    Item.objects.get(source_id="s9").delete()
    pages.post(SOURCES, ANSWERS | {"version": "0.2.0", "changes": "One less.", "min_raters": "3"})
    pages.post("/releases/letters/0.2.0/build/")
    worked("release")
    diff = text(pages.get("/releases/letters/0.1.0/diff/0.2.0/"))
    assert "filters.min_raters" in diff
    told = pages.get("/releases/letters/0.2.0/diff/0.1.0.json").json()
    assert (told["before"], told["items"]) == ("letters@0.1.0", {"added": 0, "removed": 1, "kept": 39})
    assert "# letters@0.1.0 to letters@0.2.0" in text(pages.get("/releases/letters/0.1.0/diff/0.2.0.md"))
    with pytest.raises(ChoraleError, match="Publish it first"):
        releases_mirrored("0.2.0", tmp_path / "copy")
    releases_mirrored("0.1.0", tmp_path / "copy")
    assert verify(tmp_path / "copy").ok
    pages.post("/releases/letters/0.1.0/withdraw/", {"reason": "A corpus was withdrawn."})
    gone = text(pages.get("/releases/letters/0.1.0/"))
    assert "A corpus was withdrawn." in gone
    assert pages.get("/releases/letters/0.1.0/files/items.parquet").status_code == 404
    assert pages.get("/releases/letters/0.1.0/files/README.md").status_code == 200
    report = releases.verify_release(release_versions.find("letters@0.1.0"))
    assert (report.ok, "judgments.parquet" in report.withdrawn) == (True, True)
    assert not (folder(row) / "items.parquet").exists()
    sides = release_versions.sides(release_versions.find("letters@0.1.0"))
    assert sides.num_rows, "sides outlive the files, for the next version"
    releases_mirrored("0.1.0", tmp_path / "copy")
    assert not (tmp_path / "copy" / "items.parquet").exists()
    actions = set(Event.objects.values_list("action", flat=True))
    assert {"release.draft", "release.freeze", "release.publish", "release.mirror", "release.withdraw"} <= actions


def releases_mirrored(version: str, place: Path) -> None:
    from chorale.store.mirroring import mirror_release

    mirror_release(by=None, release=release_versions.find(f"letters@{version}"), address=str(place))


def test_a_hub_gets_public_releases_alone(admin: User) -> None:
    pages = signed_in(admin)
    pages.post(SOURCES, ANSWERS)
    pages.post("/releases/letters/0.1.0/build/")
    worked("release")
    pages.post("/releases/letters/0.1.0/publish/", {"access": "registered"})
    from chorale.store.mirroring import mirror_release

    with pytest.raises(ChoraleError, match="asks nobody who they are"):
        mirror_release(by=None, release=Release.objects.get(), address="hf://datasets/lab/letters")


def test_what_the_form_cannot_make_is_told_beside_its_field(admin: User) -> None:
    pages = signed_in(admin)
    assert "Choose at least one corpus" in text(pages.get("/releases/new/?models=echo-1"))
    asked = ANSWERS | {"layers": ["goemotions_28"], "subsets": ["conflict:plutchik_8"], "train": "0.5"}
    wrong = pages.post(SOURCES, asked)
    assert wrong.status_code == 422
    assert "Choose the soft label too: plutchik_8" in text(wrong)
    wrong = pages.post(SOURCES, ANSWERS | {"train": "0.5"})
    assert "with dev and test sums to 0.7" in text(wrong)
    assert not Release.objects.exists()


WHOLE = ANSWERS | {
    "layers": [f"goemotions_28{way}" for way in ("", "_models", "_belief", "_adjudicated")] + ["plutchik_8"],
    "assisted": "on", "derived": [], "date": "2026-11-20", "url": "https://example.org/letters",
    "languages": "en, de", "licences": ["CC0-1.0"], "max_entropy": "4", "min_agreement": "0.1", "reserved": "exclude",
    "without_text": ["letters"], "counts_only": ["letters"], "least_agreement": "0.2", "shared_items": "10",
    "by": "language", "test_values": "de", "dev_values": "fr", "seed": "another", "honour_source": "on",
    "raters": "on", "group": ["duplicate", "group", "author", "speaker", "rater"], "group_facets": "person, grid",
    "subsets": ["gold", "human-only", "language:en", "conflict:goemotions_28"], "conflict_least": "9",
    "conflict_level": "0.01", "unseen_layer": "goemotions_28", "unseen_labels": "joy, grief",
    "views": ["classification-soft", "reward"], "view_options": ["no-context"], "views_of_models": "on",
    "items_without": ["author"], "judgments_without": ["time"], "time": "year", "trait_k": "7", "few_raters": "3",
    "alpha_target": "0.5", "max_model_share": "0.4", "gates_chosen": "True", "block": ["licence", "consent", "raters"],
    "access": "terms", "terms": "For research alone.",
}  # fmt: skip


def test_the_wizard_asks_for_all_that_a_recipe_can_say(admin: User) -> None:
    Corpus.objects.update(language="en")
    pages = signed_in(admin)
    answer = pages.post(SOURCES, WHOLE)
    assert answer.status_code == 302, text(answer)
    row = Release.objects.get()
    assert (row.access, row.terms) == ("terms", "For research alone.")
    said = read_recipe(row.recipe)
    layers = {layer.name: layer for layer in said.layers}
    assert [(n, la.method) for n, la in layers.items()] == [
        ("goemotions_28", "vote-proportions"), ("goemotions_28_models", "model-confidence"),
        ("goemotions_28_belief", "dawid-skene"), ("goemotions_28_adjudicated", "majority-ruled"),
        ("plutchik_8", "vote-proportions"),
    ]  # fmt: skip
    assert (layers["goemotions_28"].arms, layers["goemotions_28_models"].arms) == (("blind", "assisted"), ("blind",))
    assert (said.date, said.url, said.without_text) == ("2026-11-20", "https://example.org/letters", ("letters",))
    assert said.filters == Filters(("en", "de"), ("CC0-1.0",), 2, 4.0, 0.1, "exclude")
    assert said.exclude_raters == Exclusion(5, 0.2, 10)
    assert said.splits == Splits(
        0.8, 0.1, 0.1, "another", honour_source=True, by="language", dev_values=("fr",), test_values=("de",),
        group=("duplicate", "group", "author", "speaker", "rater", "facet:person", "facet:grid"), raters=True,
    )  # fmt: skip
    assert said.subsets == (
        Subset("gold", "gold"), Subset("human-only", "human-only"),
        Subset("language-en", "language", languages=("en",)),
        Subset("conflict-goemotions-28", "conflict", "goemotions_28", least=9, level=0.01),
        Subset("unseen", "unseen-label", "goemotions_28", labels=("joy", "grief")),
    )  # fmt: skip
    assert said.views == (
        "classification-soft", "reward", "classification-soft:goemotions_28_models",
        "classification-soft/no-context", "reward/no-context", "classification-soft:goemotions_28_models/no-context",
    )  # fmt: skip
    assert (said.privacy, said.without) == (Privacy("year", 7), Without(("author",), ("time",)))
    assert said.gates == Gates(3, 0.5, 0.4, ("licence", "consent", "raters"))
    asked = {field.name for field in fields(Recipe)} - {"corpora", "collections", "campaigns", "models", "text"}
    assert {name for name in asked if not getattr(said, name)} == {"summary", "authors", "derived"}, "the last is below"


def test_derived_columns_and_points_are_offered_where_they_can_be_computed(admin: User) -> None:
    ekman = registry.scheme("ekman-6-neutral@1.0.0")
    told = [{"scheme": ekman.ref, "perspective": whose} for whose in ("reader", "writer")]
    Corpus.objects.update(descriptor={"layers": told})
    Item.objects.update(group="one")
    for number, row in enumerate(Item.objects.order_by("pk")):
        Item.objects.filter(pk=row.pk).update(position=number)
    for row in Judgment.objects.filter(rater__kind="person", response__campaign=None).select_related("rater", "item"):
        whose = "writer" if row.rater.source_key == "r3" else "reader"
        labels = [(row.item.position + len(whose)) % 6]  # of six, so that words are known for each
        Judgment.objects.filter(pk=row.pk).update(status=0, scheme=ekman, perspective=whose, labels=labels)
    Ruling.objects.all().delete()
    pages, sources = signed_in(admin), "/releases/new/?corpora=letters"
    offered = text(pages.get(sources))
    assert "ekman_6_neutral_points" in offered
    columns = ["turn-shift@1:ekman_6_neutral", "perspective-gap@1:ekman_6_neutral:ekman_6_neutral_writer",
               "inferred-value@1:ekman_6_neutral"]  # fmt: skip
    answers = ANSWERS | {"layers": ["ekman_6_neutral", "ekman_6_neutral_points"], "derived": columns, "min_raters": "0",
                         "fewest_judgments": "", "views": [], "subsets": []}  # fmt: skip
    wrong = pages.post(sources, answers)
    assert "Choose the soft label too: ekman_6_neutral_writer" in text(wrong)
    answers["layers"] = [*answers["layers"], "ekman_6_neutral_writer"]
    assert pages.post(sources, answers).status_code == 302
    row = Release.objects.get()
    assert [column.rule for column in read_recipe(row.recipe).derived] == [name.partition(":")[0] for name in columns]
    pages.post("/releases/letters/0.1.0/build/")
    worked("release")
    found = {entry["name"]: entry["defined"] for entry in Release.objects.get().summary["derived"]}
    assert found == {"shift_ekman_6_neutral": 39, "gap_ekman_6_neutral_to_ekman_6_neutral_writer": 40,
                     "inferred_ekman_6_neutral": 40}  # fmt: skip
    shown = text(pages.get("/releases/letters/0.1.0/"))
    assert "Derived columns" in shown
    assert "by items of each" in shown


def test_a_draft_is_thrown_away_by_admins_alone(admin: User) -> None:
    signed_in(admin).post(SOURCES, ANSWERS)
    other = signed_in(person("rhea", Role.RESEARCHER))
    for act in ("preview", "build", "discard", "publish", "withdraw"):
        assert other.post(f"/releases/letters/0.1.0/{act}/").status_code in (403, 404), act
    assert other.get("/releases/new/").status_code == 403
    assert other.get("/releases/letters/0.1.0/").status_code == 404
    signed_in(admin).post("/releases/letters/0.1.0/discard/")
    assert not Release.objects.exists()
