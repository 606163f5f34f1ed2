"""Endpoints and prompts in the database: registered, probed with real requests, never holding a key."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from annotation.model_raters import asking, prompting
from annotation.model_raters import endpoint as core
from annotation.model_raters.abilities import Abilities
from annotation.model_raters.probe import probe
from annotation.model_raters.shots import with_shots
from chorale.store import audit, shot_items
from chorale.store.models import Corpus, Endpoint, Prompt, Scheme, User
from harmonize.problems import ChoraleError

ENVIRONMENT = "environment"  # slug of the endpoint that CHORALE_LLM_URL and CHORALE_LLM_MODEL name


@transaction.atomic
def register(
    *,
    by: User | None,
    slug: str,
    url: str,
    model: str,
    key_variable: str = "CHORALE_LLM_KEY",
    most_at_once: int = 64,
    price_in: float | None = None,
    price_out: float | None = None,
) -> Endpoint:
    """Add an endpoint or change where its slug points; what was probed of another server or model is forgotten."""
    core.Endpoint(url, model)  # refuses what is no address
    if most_at_once < 1:
        raise ChoraleError("endpoint-limit", "At least one request must be allowed at once.")
    facts = {"url": url, "model": model, "key_variable": key_variable, "most_at_once": most_at_once}
    row, made = Endpoint.objects.get_or_create(slug=slug, defaults=facts)
    if (row.url, row.model) != (url, model):
        row.abilities, row.probed_at = {}, None
    for name, value in (facts | {"price_in": price_in, "price_out": price_out}).items():
        setattr(row, name, value)
    row.save()
    audit.record(by, "endpoint.register" if made else "endpoint.change", row, url=url, model=model)
    return row


def find(slug: str = "") -> Endpoint:
    """An endpoint by slug; without one, that of the environment. ChoraleError `unknown-endpoint` if there is none."""
    if slug and slug != ENVIRONMENT:
        row = Endpoint.objects.filter(slug=slug).first()
        if row is None:
            raise ChoraleError("unknown-endpoint", f"There is no endpoint '{slug}'.", "Register it first.")
        return row
    if not in_environment():
        raise ChoraleError(
            "unknown-endpoint", "No language model is set up.", "Set CHORALE_LLM_URL and CHORALE_LLM_MODEL."
        )
    row = Endpoint.objects.filter(slug=ENVIRONMENT).first()
    if row and (row.url, row.model) == (settings.LLM_URL, settings.LLM_MODEL):
        return row
    return register(by=None, slug=ENVIRONMENT, url=settings.LLM_URL, model=settings.LLM_MODEL)


def in_environment() -> bool:
    """Whether the environment names a language model."""
    return bool(settings.LLM_URL and settings.LLM_MODEL)


def connection(row: Endpoint) -> core.Endpoint:
    """The endpoint as the pure packages know it, with the key that the environment holds now."""
    key = os.environ.get(row.key_variable, "")
    if row.slug == ENVIRONMENT:
        key = settings.LLM_KEY
    return core.Endpoint(row.url, row.model, key)


def abilities(row: Endpoint) -> Abilities:
    """What the endpoint can do; probed now if it never was. ChoraleError if it cannot be used at all."""
    if not row.abilities:
        examine(by=None, row=row)
    return Abilities.from_dict(row.abilities)


def examine(*, by: User | None, row: Endpoint) -> Abilities:
    """Probe the endpoint with real requests and keep what was found; a silent server is found dead and not kept."""
    found = probe(replace(connection(row), timeout=30.0, tries=3))
    if found.found["chat"].works:
        row.abilities, row.probed_at = found.to_dict(), timezone.now()
        row.save(update_fields=["abilities", "probed_at"])
        audit.record(by, "endpoint.probe", row, works=[name for name, a in found.found.items() if a.works])
    found.require(frozenset())
    return found


@transaction.atomic
def register_prompt(*, by: User | None, prompt: prompting.Prompt) -> Prompt:
    """The row of a prompt, made if it is new. Its ref holds its hash, so another text is another row."""
    row, made = Prompt.objects.get_or_create(
        ref=prompt.ref, defaults={"definition": prompting.to_dict(prompt), "created_by": by}
    )
    if made:
        audit.record(by, "prompt.register", row, ref=prompt.ref)
    return row


def few_shot_prompt(
    *,
    by: User | None,
    id: str,
    version: str,
    scheme: Scheme,
    perspective: str,
    corpora: list[Corpus],
    count: int,
    elicitation: dict[str, Any] | None = None,
    guidelines: str = "",
    seed: int = 0,
) -> Prompt:
    """Register a prompt with examples from items people agree on; gold, test and test splits are never shown.

    Made from the shipped prompt that fits the way of asking. Raises ChoraleError `no-votes` or `shots-few`.
    """
    way = asking.way(elicitation)
    people, seen, held = shot_items.candidates(scheme, perspective, corpora)
    base = replace(prompting.load(asking.PROMPTS[way.answer]), id=id, version=version, guidelines=guidelines)
    made = with_shots(base, people, seen, scheme.core, way, count=count, seed=seed, reserved=held)
    return register_prompt(by=by, prompt=made)


def prompt(ref: str) -> prompting.Prompt:
    """A prompt by "id@version#hash" of a registered one, or "id@version" of a shipped one."""
    if row := Prompt.objects.filter(ref=ref).first():
        return prompting.from_dict(row.definition)
    return prompting.load(ref)
