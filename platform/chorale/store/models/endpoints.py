"""Language model servers, prompts, what was asked of them, and which items they gave no judgment on."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from chorale.store.models.columns import RealField
from chorale.store.models.corpora import Item
from chorale.store.models.raters import Rater


class Endpoint(models.Model):
    """An OpenAI-compatible server and one model of it. The key stays in the environment: only its name stands here.

    ``abilities`` is what the last probe found (`annotation.model_raters.probe.Abilities.to_dict()`).
    """

    slug = models.SlugField(unique=True, max_length=80)
    title = models.CharField(max_length=200, blank=True, db_default="")
    url = models.CharField(max_length=300)
    model = models.CharField(max_length=200)
    key_variable = models.CharField(max_length=80, default="CHORALE_LLM_KEY", help_text="Environment variable.")
    most_at_once = models.IntegerField(default=64, help_text="Requests under way, all workers together.")
    price_in = models.FloatField(null=True, help_text="Per million prompt tokens, in any one currency.")
    price_out = models.FloatField(null=True, help_text="Per million completion tokens.")
    abilities = models.JSONField(default=dict)
    probed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "endpoint"

    def __str__(self) -> str:
        return self.slug


class Prompt(models.Model):
    """A version of a prompt; ``definition`` is `annotation.model_raters.prompting.to_dict()`. It never changes."""

    ref = models.CharField(max_length=160, unique=True, help_text="id@version#hash")
    definition = models.JSONField()
    created_by = models.ForeignKey("store.User", models.SET_NULL, null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "prompt"

    def __str__(self) -> str:
        return self.ref


class ModelRequest(models.Model):
    """One answered request under its key, the raw response compressed: nothing is asked or paid twice."""

    key = models.CharField(primary_key=True, max_length=64)
    rater = models.ForeignKey(Rater, models.CASCADE, db_index=False)
    item = models.UUIDField(help_text="The item's uuid.")
    job = models.ForeignKey("store.Job", models.SET_NULL, null=True, db_index=False)
    packed = models.BinaryField(help_text="zlib-compressed JSON.")
    prompt_tokens = models.IntegerField()
    completion_tokens = models.IntegerField()
    tries = models.SmallIntegerField()
    seconds = RealField()
    cost = models.FloatField(null=True, help_text="At the endpoint's prices of that time; null: it had none.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "model_request"
        indexes = [models.Index(fields=["rater", "item"], name="model_request_item")]


class ModelSpending(models.Model):
    """What a job has paid for: counted with the responses themselves, in one statement, so neither can be without
    the other."""

    job = models.OneToOneField("store.Job", models.CASCADE, primary_key=True, related_name="spending")
    requests = models.BigIntegerField(default=0)
    prompt_tokens = models.BigIntegerField(default=0)
    completion_tokens = models.BigIntegerField(default=0)

    class Meta:
        db_table = "model_spending"


class EndpointUse(models.Model):
    """How many requests one shard may have under way at an endpoint, until when; its worker renews it."""

    shard = models.OneToOneField("store.Shard", models.CASCADE, primary_key=True)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE)
    granted = models.IntegerField()
    until = models.DateTimeField()

    class Meta:
        db_table = "endpoint_use"


class ModelFailure(models.Model):
    """An item a model rater gave no judgment on, with the reason; gone once a later try succeeds."""

    rater = models.ForeignKey(Rater, models.CASCADE, db_index=False)
    item = models.ForeignKey(Item, models.CASCADE)
    job = models.ForeignKey("store.Job", models.SET_NULL, null=True)
    code = models.CharField(max_length=60)
    what = models.TextField()
    fix = models.TextField(blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "model_failure"
        constraints = [models.UniqueConstraint(fields=["rater", "item"], name="model_failure_once")]
