"""Campaigns and their Label Studio side: projects, tasks, accounts, tickets, what arrived wrong."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now

from chorale.store.models.collections import Collection
from chorale.store.models.corpora import Item
from chorale.store.models.judgments import Arm
from chorale.store.models.raters import Rater
from chorale.store.models.schemes import Form
from harmonize.languages import nearest


class Round(models.TextChoices):
    """What a campaign's answers are for. Only those of a main round enter agreement, soft labels and releases."""

    MAIN = "main"
    PILOT = "pilot"  # a campaign of its own, to try the form and the guidelines
    TUTORIAL = "tutorial"  # these three belong to a main or pilot round, their parent, and are met in its course:
    GOLD = "gold"  # check items before the first item, check items among the others,
    REPEAT = "repeat"  # items that the same rater meets again


class Campaign(models.Model):
    """Items + form + raters + overlap + arm, carried out in Label Studio. Counters are kept by push and sync.

    ``plan``: `chorale.store.campaign_plan.Plan`. ``parent``: the round in whose course this one is met.
    """

    slug = models.SlugField(unique=True, max_length=80)
    title = models.CharField(max_length=200)
    form = models.ForeignKey(Form, models.PROTECT)
    collection = models.ForeignKey(Collection, models.PROTECT)
    overlap = models.SmallIntegerField(default=3)
    arm = models.CharField(max_length=8, choices=Arm, default=Arm.BLIND)
    state = models.CharField(
        max_length=8, default="draft", choices=[(s, s) for s in ("draft", "open", "paused", "closed")]
    )
    language = models.CharField(max_length=20, default="en")
    guideline_version = models.CharField(max_length=40, default="1")
    sheet_version = models.CharField(max_length=40, default="1", help_text="Information sheet shown before consent.")
    seed = models.BigIntegerField(default=0)
    round = models.CharField(max_length=8, choices=Round, default=Round.MAIN, db_default=Round.MAIN)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    plan: Any = models.JSONField(default=dict, db_default={})
    suggester = models.ForeignKey(
        Rater, models.PROTECT, null=True, related_name="+", help_text="The model rater whose answers are suggested."
    )
    assisted_share = models.FloatField(
        default=0.0, help_text="Chance that a rater sees the suggestion, drawn for each item and rater."
    )
    top_up = models.SmallIntegerField(default=0, help_text="Raters added, beyond the overlap, where people split.")
    items = models.BigIntegerField(default=0, help_text="Items pushed.")
    responses = models.BigIntegerField(default=0, help_text="Current responses.")
    complete_items = models.BigIntegerField(default=0, help_text="Items with the planned overlap.")
    problems = models.BigIntegerField(default=0)
    synced_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey("store.User", models.SET_NULL, null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "campaign"

    def __str__(self) -> str:
        return self.slug

    @property
    def guidelines(self) -> str:
        """The form's guidelines in the campaign's language, or else as the form was written."""
        return str(nearest(self.form.translations, self.language) or self.form.guidelines)


class StudioProject(models.Model):
    """One Label Studio project of a campaign (a campaign is sharded over several; people never see which)."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="projects")
    number = models.IntegerField(default=0)
    ls_id = models.IntegerField(null=True)
    label_config = models.TextField(blank=True)
    webhook_secret = models.CharField(max_length=64, blank=True)
    cursor = models.DateTimeField(null=True, help_text="Label Studio's updated_at up to which it was read.")
    reconciled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "studio_project"
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="studio_project_once")]


class StudioTask(models.Model):
    """Which Label Studio task shows which item."""

    project = models.ForeignKey(StudioProject, models.CASCADE, related_name="tasks", db_index=False)
    item = models.ForeignKey(Item, models.CASCADE)
    ls_id = models.BigIntegerField()
    cap = models.SmallIntegerField(null=True, help_text="Raters at most, where topped up; null: the overlap.")
    taken_up = models.BooleanField(default=False, help_text="A hint to whoever looks for room: there is none here.")

    class Meta:
        db_table = "studio_task"
        indexes = [models.Index(fields=["project", "id"], condition=models.Q(taken_up=False), name="studio_task_open")]
        constraints = [
            models.UniqueConstraint(fields=["project", "item"], name="studio_task_item_once"),
            models.UniqueConstraint(fields=["project", "ls_id"], name="studio_task_ls_once"),
        ]


class StudioAccount(models.Model):
    """A rater's account in Label Studio. Its password is derived from a server secret and never stored or shown."""

    rater = models.OneToOneField(Rater, models.CASCADE, related_name="studio")
    email = models.CharField(max_length=200, unique=True)
    ls_id = models.IntegerField(null=True, unique=True)
    cookies = models.TextField(blank=True, help_text="Encrypted session held by the proxy.")

    class Meta:
        db_table = "studio_account"


class Assignment(models.Model):
    """A rater's part in a campaign."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="assignments", db_index=False)
    rater = models.ForeignKey(Rater, models.CASCADE)
    state = models.CharField(
        max_length=9, default="active", choices=[(s, s) for s in ("active", "withdrawn", "finished")]
    )
    quota = models.IntegerField(null=True)
    taken_out = models.BooleanField(db_default=False, help_text="Withdrew, and took the answers along.")
    responses = models.IntegerField(default=0)
    seconds = models.FloatField(default=0.0)
    last_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "assignment"
        constraints = [models.UniqueConstraint(fields=["campaign", "rater"], name="assignment_once")]


class Consent(models.Model):
    """What a rater agreed to, under which version of the information sheet (SCIENCE rule 21)."""

    rater = models.ForeignKey(Rater, models.CASCADE, related_name="consents")
    campaign = models.ForeignKey(Campaign, models.CASCADE, null=True)
    sheet_version = models.CharField(max_length=40)
    purposes = models.JSONField(help_text="{rating, public_release, training: bool}")
    given_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "consent"


class SyncProblem(models.Model):
    """Something that came back from Label Studio and is not a valid answer: kept whole, shown, never dropped."""

    project = models.ForeignKey(StudioProject, models.CASCADE, related_name="problems")
    ls_annotation = models.BigIntegerField()
    revision = models.CharField(max_length=40)
    code = models.CharField(max_length=60)
    what = models.TextField()
    fix = models.TextField(blank=True)
    raw = models.JSONField()
    state = models.CharField(max_length=10, default="open", choices=[(s, s) for s in ("open", "mended", "dropped")])
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "sync_problem"
        constraints = [
            models.UniqueConstraint(fields=["project", "ls_annotation", "revision", "code"], name="sync_problem_once")
        ]


class LabelTicket(models.Model):
    """A single-use way from Chorale to the rater proxy; the row is consumed on entry."""

    nonce = models.CharField(max_length=64, unique=True, help_text="Hash of the ticket.")
    user = models.ForeignKey("store.User", models.CASCADE)
    campaign = models.ForeignKey(Campaign, models.CASCADE)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "label_ticket"


class LabelSession(models.Model):
    """A rater's session at the proxy: the browser holds a random key, the table its hash."""

    key_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey("store.User", models.CASCADE)
    campaign = models.ForeignKey(Campaign, models.CASCADE)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "label_session"
