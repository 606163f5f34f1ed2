"""The demo: the whole road on the shipped samples, by the same jobs a person would start. Again changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from chorale.jobs import control, engine
from chorale.store import (
    campaigns,
    collections,
    data_state,
    forms,
    object_store,
    people,
    registry,
    releases,
    studio_raters,
)
from chorale.store.forms import LayerSpec
from chorale.store.models import (
    AgreementReport,
    Campaign,
    Collection,
    Corpus,
    Item,
    Job,
    Judgment,
    Rater,
    Release,
    Response,
    User,
)
from chorale.store.models.jobs import JobState
from chorale.store.models.people import Role
from exports.recipe_reader import read_recipe
from harmonize.problems import ChoraleError

SAMPLES = Path(settings.ROOT) / "samples"
CORPORA = ("letters", "table-talk", "postcards", "faces")
PASSWORD = "chorale-demo"  # noqa: S105 - public by intent: demo accounts on this machine only
PEOPLE = {
    "admin": (Role.ADMIN, Role.RESEARCHER),
    "researcher": (Role.RESEARCHER,),
    "ana": (Role.ANNOTATOR,),
    "ben": (Role.ANNOTATOR,),
    "chloe": (Role.ANNOTATOR,),
    "annotator": (Role.ANNOTATOR,),
}
RATERS = ("ana", "ben", "chloe")  # their recorded answers are shipped
VISITOR = "annotator"
CAMPAIGN = "letters-first-round"
MAPS = (
    "goemotions-28--ekman-6-neutral",
    "goemotions-28--plutchik-8",
    "goemotions-28--goemotions-sentiment-4",
)
POINTS = {"norms": "russell-mehrabian-1977", "scheme": "goemotions-28", "via": "goemotions-28--plutchik-8"}
FORM = (
    LayerSpec("emotion", "goemotions-28", "writer", "What does the writer feel? Mark all that apply."),
    LayerSpec("vad", "vad-9", "writer", "How does the writer feel?"),
)
FACES = (LayerSpec("emotion", "ekman-6-neutral", "perceived", "Which emotion does the face show?"),)
GUIDELINES = """Read the letter once, then answer for **the person who wrote it**, not for yourself.

- Mark every emotion you are fairly sure of; *neutral* means that there is none.
- *None applies* means that there is an emotion, but it is not in the list. *Cannot tell* means that you cannot decide.
- People differ. There is no right answer to guess.
"""
FACES_GUIDELINES = """Look at the drawing and choose what the face shows first. *Cannot tell* is an answer too."""

Say = Callable[[str], None]


@dataclass
class Demo:
    """One run of the road; ``here`` works the jobs in this process instead of leaving them to the workers."""

    say: Say = print
    here: bool = False
    seconds: dict[str, float] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)

    def run(self) -> dict[str, Any]:
        """Walk the road and return its summary."""
        steps = (
            self.people,
            self.import_corpora,
            self.collect,
            self.prelabel,
            self.open_campaign,
            self.open_for_visitors,
            self.rate,
            self.sync,
            self.measure,
            self.settle,
            self.harmonize,
            self.release,
        )
        for number, step in enumerate(steps, 1):
            began = time.monotonic()
            told = step()
            self.seconds[step.__name__] = round(time.monotonic() - began, 1)
            self.say(f"{number:2}. {step.__name__.replace('_', ' '):15} {told}  ({self.seconds[step.__name__]} s)")
        return self.summary()

    def job(self, kind: str, **params: Any) -> dict[str, Any]:
        """Start a job as the admin and follow it to its end; its result."""
        job = engine.start(kind, by=self.admin, params=params)
        ended = control.run_here(job) if self.here else control.wait(job, timeout=900)
        return dict(ended.result)

    @property
    def admin(self) -> User:
        """The demo's admin."""
        return User.objects.get(username="admin")

    def people(self) -> str:
        """Accounts for every role, and the shipped schemes and crosswalks. Only where nobody else can reach them."""
        if urlsplit(settings.CHORALE_URL).hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ChoraleError(
                "demo-public",
                f"The demo's passwords are public and {settings.CHORALE_URL} is not this machine alone.",
                "Run it on a loopback address.",
            )
        for name, roles in PEOPLE.items():
            people.create(
                by=None, username=name, password=PASSWORD, roles=roles, email=f"{name}@demo.invalid", demo=True
            )
        known, maps = registry.register_shipped()
        return f"{len(PEOPLE)} accounts, {known} schemes, {maps} crosswalks"

    def import_corpora(self) -> str:
        """The four sample corpora, each row accounted for."""
        for slug in CORPORA:
            self.job("import_corpus", folder=str(SAMPLES / slug))
        rows = Corpus.objects.filter(slug__in=CORPORA).order_by("slug")
        self.found["corpora"] = {
            c.slug: {
                "rows_read": c.rows_read,
                "imported": c.rows_imported,
                "duplicates": c.rows_duplicate,
                "quarantined": c.rows_quarantined,
                "items": c.items,
                "judgments": c.judgments,
            }
            for c in rows
        }
        return ", ".join(f"{c.slug} {c.items} items ({c.rows_quarantined} rows quarantined)" for c in rows)

    def collect(self) -> str:
        """Collections: letters set apart as test items, all letters to pre-label, the unrated ones for the campaign."""
        make = collections.create
        test = make(
            by=self.admin, slug="letters-test", title="Letters kept for testing", seed=7, size=30,
            filter={"corpus": "letters", "rated": True},
        )  # fmt: skip
        collections.reserve(by=self.admin, collection=test, mark="test")
        wide = {"corpus": "letters", "reserved": ["test"]}
        every = make(by=self.admin, slug="letters-all", title="All letters", filter=wide)
        fresh = make(
            by=self.admin, slug="letters-unrated", title="Letters nobody has rated", filter=wide | {"rated": False}
        )
        return f"{test.items} reserved for testing, {every.items} to pre-label, {fresh.items} to rate"

    def prelabel(self) -> str:
        """A model rater, trained on people's votes or a language model, labels every letter, once.

        Again would not be the same: the campaign's answers are votes too, and a model trained on them another rater.
        """
        params = {"collection": "letters-all", "scheme": "goemotions-28", "perspective": "writer"}
        done = Job.objects.filter(kind="prelabel", params=params, state=JobState.DONE).order_by("pk").first()
        result = dict(done.result) if done else self.job("prelabel", **params)
        self.found["model"] = result
        return (
            f"{result['rater']}: {result['judgments']} judgments, {result['usable_against_people']} out of its training"
        )

    def open_campaign(self) -> str:
        """A form from schemes, a Label Studio project, the unrated letters pushed with overlap 3."""
        form = forms.create(
            by=self.admin, slug="letters", title="Emotion and affect of letters", layers=FORM, guidelines=GUIDELINES
        )
        fresh = Collection.objects.get(slug="letters-unrated")
        campaign = campaigns.open_campaign(
            by=self.admin, slug=CAMPAIGN, title="Letters, first round", form=form, collection=fresh, overlap=3
        )
        self.begin(campaign, RATERS)
        return f"{campaign.title}: {campaign.items} items in Label Studio"

    def open_for_visitors(self) -> str:
        """Two small campaigns without recorded answers, so that whoever signs in as a rater finds work to do."""
        faces = forms.create(
            by=self.admin, slug="faces", title="Emotion of faces", layers=FACES, guidelines=FACES_GUIDELINES
        )
        letters = Campaign.objects.get(slug=CAMPAIGN).form
        told = []
        for slug, title, form, filter in (
            ("letters-your-turn", "Letters, your turn", letters, {"corpus": "letters"}),
            ("faces-your-turn", "Faces, your turn", faces, {"corpus": "faces"}),
        ):
            drawn = collections.create(by=self.admin, slug=slug, title=title, filter=filter, size=12, seed=1)
            campaign = campaigns.open_campaign(
                by=self.admin, slug=slug, title=title, form=form, collection=drawn, overlap=3
            )
            self.begin(campaign, (VISITOR, *RATERS))
            told.append(f"{title} {campaign.items}")
        return ", ".join(told)

    def begin(self, campaign: Campaign, raters: Sequence[str]) -> None:
        """Invite raters and carry the items into Label Studio."""
        invited = User.objects.filter(username__in=raters)
        campaigns.invite_raters(by=self.admin, campaign=campaign, people_=invited)
        self.job("open_campaign", campaign=campaign.slug)
        campaign.refresh_from_db()

    def rate(self) -> str:
        """The demo raters' recorded answers, submitted to Label Studio under each one's own account."""
        campaign = Campaign.objects.get(slug=CAMPAIGN)
        answers = studio_raters.read_recorded(SAMPLES / "answers" / "answers.jsonl")
        told = studio_raters.submit_recorded(by=self.admin, campaign=campaign, recorded=answers)
        return f"{told['submitted']} answers sent, {told['there']} were there already"

    def sync(self) -> str:
        """The answers come back from Label Studio."""
        self.found["sync"] = self.job("sync_campaign", campaign=CAMPAIGN)
        campaign = Campaign.objects.get(slug=CAMPAIGN)
        return f"{campaign.responses} responses, {campaign.complete_items} items complete, {campaign.problems} problems"

    def measure(self) -> str:
        """Agreement of each corpus and of the campaign."""
        for slug in CORPORA:
            self.job("measure", scope_type="corpus", scope=slug, rounds=1000, seed=0)
        self.job("measure", scope_type="campaign", scope=CAMPAIGN, rounds=1000, seed=0)
        self.found["agreement"] = [
            figure for report in AgreementReport.objects.order_by("pk") for figure in headlines(report)
        ]
        first = next(f for f in self.found["agreement"] if f["scope"] == CAMPAIGN and f["figure"] == "overall")
        return f"campaign alpha {first['value']:.3f} [{first['low']:.3f}, {first['high']:.3f}]"

    def settle(self) -> str:
        """Votes into soft labels."""
        written = sum(self.job("settle", scope_type="corpus", scope=slug)["aggregates"] for slug in CORPORA)
        return f"{written} soft labels"

    def harmonize(self) -> str:
        """GoEmotions to Ekman, Plutchik, sentiment and VAD points, with what each map loses."""
        result = self.job("harmonize", scope_type="corpus", scope="letters", crosswalks=list(MAPS), points=[POINTS])
        self.found["maps"] = result["maps"]
        return ", ".join(
            f"{m.get('crosswalk', m.get('norms'))} unmapped {m['unmapped'] or 0:.1%}" for m in result["maps"]
        )

    def release(self) -> str:
        """Version 0.1.0, verified, and built a second time to the same bytes.

        Where an earlier version of Chorale published it, it stands as it is, and must still verify.
        """
        recipe = (SAMPLES / "release.toml").read_text("utf-8")
        try:
            row = releases.draft_release(by=self.admin, recipe=recipe)
            built, same = self.build_twice(row)
        except ChoraleError as error:
            if error.code not in ("release-frozen", "release-differs"):
                raise
            read = read_recipe(recipe)
            row, same = Release.objects.get(slug=read.slug, version=read.version), False
            built = {
                "release": f"{row.slug}@{row.version}",
                "folder": str(object_store.local_path(row.folder)),
            }
        report = releases.verify_release(row)
        if not report.ok:
            raise ChoraleError("release-broken", str(report), "This is a defect; please report it.")
        self.found["release"] = {**built, "verified": report.ok, "same_bytes_twice": same}
        again = "the same bytes twice" if same else "as an earlier version of Chorale built it"
        return f"{built['release']} in {built['folder']}, verified, {again}"

    def build_twice(self, row: Release) -> tuple[dict[str, Any], bool]:
        """Published once; a frozen release is built again and every byte compared (`release-differs` otherwise)."""
        if row.state != "published":
            self.job("release", release=row.pk, publish=True)
            row.refresh_from_db()
        return self.job("release", release=row.pk, publish=True), True

    def summary(self) -> dict[str, Any]:
        """Counts, agreement, release, addresses and logins, as shown and as written to summary.json."""
        return {
            "counts": {
                "items": Item.objects.count(),
                "judgments": Judgment.objects.filter(retired_at__isnull=True).count(),
                "responses": Response.objects.filter(retired_at__isnull=True).count(),
                "raters": Rater.objects.count(),
            },
            "digest": data_state.digest(),
            **self.found,
            "web": settings.CHORALE_URL,
            "logins": dict.fromkeys(PEOPLE, PASSWORD),
            "seconds": self.seconds,
        }


def headlines(report: AgreementReport) -> list[dict[str, Any]]:
    """The figures of a report to show first: overall alpha, or that of each dimension in the scheme's order."""
    told = report.body["people"]
    shown = (
        [("overall", told["overall"])] if told["overall"] else [(n, told["parts"][n]) for n in report.body["labels"]]
    )
    place = {"scope_type": report.scope_type, "scope": report.scope, "scheme": report.scheme.ref}
    keep = ("value", "low", "high", "units", "reason")
    return [
        {**place, "perspective": report.perspective, "figure": name, **{key: figure[key] for key in keep}}
        for name, figure in shown
    ]
