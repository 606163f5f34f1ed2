"""People in campaigns: what they are told first, how they come in, how they qualify, what they report."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from chorale.store.models.campaigns import Campaign
from chorale.store.models.corpora import Item
from chorale.store.models.raters import Rater


class Sheet(models.Model):
    """One version of a campaign's information sheet; never changed, a new text is a new version (SCIENCE rule 21).

    ``traits``: what a rater may tell of themselves, [{name, question, choices}], each with "prefer not to say" beside.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="sheets", db_index=False)
    version = models.CharField(max_length=40)
    text = models.TextField(help_text="Markdown.")
    support = models.TextField(blank=True, db_default="", help_text="Whom to turn to; markdown.")
    traits = models.JSONField(default=list)
    created_by = models.ForeignKey("store.User", models.SET_NULL, null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "sheet"
        constraints = [models.UniqueConstraint(fields=["campaign", "version"], name="sheet_version_once")]


class Platform(models.TextChoices):
    """Where a link is given out, and so what it carries."""

    PROLIFIC = "prolific"  # PROLIFIC_PID, STUDY_ID, SESSION_ID
    MTURK = "mturk"  # workerId, assignmentId, hitId
    OPEN = "open"  # nothing: whoever has the link takes part under a pseudonym
    INVITATION = "invitation"  # one person, who chooses a name and a password


class JoinLink(models.Model):
    """An address by which people come into a campaign on their own.

    ``places`` people at most at a time and in all who finish; ``items`` each; ``minutes`` before a place that was not
    finished goes to somebody else. The token is the address: whoever has it may come.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="links", db_index=False)
    token = models.CharField(max_length=64, unique=True)
    platform = models.CharField(max_length=10, choices=Platform)
    title = models.CharField(max_length=120, blank=True, db_default="")
    places = models.IntegerField(default=1)
    items = models.IntegerField(null=True, help_text="Items a person; null: as many as there are.")
    minutes = models.IntegerField(default=60)
    code = models.CharField(max_length=60, blank=True, db_default="", help_text="Completion code.")
    back = models.URLField(max_length=400, blank=True, db_default="", help_text="The platform's page of completion.")
    state = models.CharField(max_length=6, default="open", choices=[(s, s) for s in ("open", "closed")])
    created_by = models.ForeignKey("store.User", models.SET_NULL, null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "join_link"
        indexes = [models.Index(fields=["campaign"], name="join_link_campaign")]


class ParticipationState(models.TextChoices):
    """Where a participant stands."""

    WORKING = "working"
    COMPLETED = "completed"  # has the code
    TIMED_OUT = "timed-out"  # the place went to somebody else
    RETURNED = "returned"  # gave the place back


class Participation(models.Model):
    """One person who came by a link. The platform's ids are kept as keyed hashes only (SCIENCE rule 22)."""

    link = models.ForeignKey(JoinLink, models.CASCADE, related_name="participations", db_index=False)
    rater = models.ForeignKey(Rater, models.CASCADE, related_name="participations")
    worker = models.CharField(max_length=64, help_text="Keyed hash of the platform's worker id.")
    session = models.CharField(max_length=64, blank=True, db_default="", help_text="Keyed hash of its session id.")
    state = models.CharField(max_length=9, choices=ParticipationState, default=ParticipationState.WORKING)
    started_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "participation"
        constraints = [models.UniqueConstraint(fields=["link", "worker"], name="participation_once")]
        indexes = [models.Index(fields=["state", "until"], name="participation_until")]


class RaterLanguage(models.Model):
    """A language that a person says they read well."""

    rater = models.ForeignKey(Rater, models.CASCADE, related_name="languages", db_index=False)
    language = models.CharField(max_length=20)

    class Meta:
        db_table = "rater_language"
        constraints = [models.UniqueConstraint(fields=["rater", "language"], name="rater_language_once")]


class Qualification(models.Model):
    """One try of a rater at a campaign's tutorial: how many of its check items were answered as known."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="qualifications", db_index=False)
    rater = models.ForeignKey(Rater, models.CASCADE, related_name="qualifications")
    attempt = models.SmallIntegerField()
    right = models.IntegerField()
    checked = models.IntegerField()
    passed = models.BooleanField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "qualification"
        constraints = [models.UniqueConstraint(fields=["campaign", "rater", "attempt"], name="qualification_once")]


class ItemReport(models.Model):
    """A rater says that something is wrong with an item, or that it should not be shown to people."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="item_reports", db_index=False)
    item = models.ForeignKey(Item, models.CASCADE)
    rater = models.ForeignKey(Rater, models.CASCADE)
    reason = models.CharField(max_length=20)
    words = models.TextField(blank=True, db_default="")
    state = models.CharField(max_length=8, default="open", choices=[(s, s) for s in ("open", "kept", "removed")])
    answer = models.TextField(blank=True, db_default="", help_text="What the rater is told.")
    answered_by = models.ForeignKey("store.User", models.SET_NULL, null=True)
    created_at = models.DateTimeField(db_default=Now())
    answered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "item_report"
        indexes = [models.Index(fields=["campaign", "state"], name="item_report_open")]


class Verification(models.Model):
    """A person looked at a machine's label of an item: took it, mended it, or refused it. A mended or taken one is a
    ruling too; the machine's judgment stays as it is."""

    judgment = models.ForeignKey("store.Judgment", models.CASCADE, related_name="verifications")
    verdict = models.CharField(max_length=8, choices=[(s, s) for s in ("accepted", "edited", "rejected")])
    ruling = models.ForeignKey("store.Ruling", models.SET_NULL, null=True, db_index=False)
    by = models.ForeignKey("store.User", models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "verification"
        constraints = [models.UniqueConstraint(fields=["judgment"], name="verification_once")]
