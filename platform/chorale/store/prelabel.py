"""Pre-labelling: which votes a classifier learns from, and the model rater that speaks for it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import transaction

from annotation.model_raters.classifier import ALGORITHM, Parameters, TextClassifier, train
from chorale.store import audit, bridge, object_store, shown
from chorale.store.models import Collection, Corpus, Item, Job, Rater, RaterTrainingItem, Scheme
from harmonize.problems import ChoraleError
from harmonize.records import Judgments

MAX_TRAINING = 6000  # items; more are sampled by seed, so that a fit stays within minutes on two cores


def training_corpora(collection: Collection, named: list[str]) -> list[Corpus]:
    """The corpora whose votes are learned from: those named, else those the collection's items come from."""
    if named:
        found = list(Corpus.objects.filter(slug__in=named).order_by("slug"))
        if missing := set(named) - {c.slug for c in found}:
            raise ChoraleError("unknown-corpus", f"No corpus {', '.join(sorted(missing))}.", "Import it first.")
        return found
    return list(Corpus.objects.filter(pk__in=collection.members.values("item__corpus")).order_by("slug"))


def votes(scheme: Scheme, perspective: str, corpora: list[Corpus]) -> tuple[Judgments, dict[str, Item]]:
    """People's blind votes in these corpora, items named by uuid, and the items.

    Reserved items and those of a source's own test split are left out.

    Raises ChoraleError `no-votes` if nobody voted under this scheme from this perspective.
    """
    asked = {"perspective": perspective, "training": True}
    parts = [bridge.judgments(scheme, who="people", corpus=corpus, **asked) for corpus in corpora]
    voted = sorted({int(pk) for part in parts for pk in part.items.to_pylist()})
    items = {
        item.pk: item
        for item in Item.objects.filter(pk__in=voted, reserved="").exclude(split="test")
        if item.text.strip()
    }
    tables = [_named(part, items).to_arrow() for part in parts if len(part)]
    if not items or not tables:
        raise ChoraleError(
            "no-votes",
            f"Nobody's votes under {scheme.ref} ({perspective}) can be learned from.",
            "Name a corpus with votes of people in training, or set up a language model.",
        )
    whole = pa.concat_tables([table.cast(tables[0].schema) for table in tables]).unify_dictionaries()
    return Judgments.from_arrow(whole), {str(item.uuid): item for item in items.values()}


def _named(part: Judgments, items: dict[int, Item]) -> Judgments:
    """The judgments of these items, named by uuid instead of row number."""
    pks = [int(pk) for pk in part.items.to_pylist()]
    kept = [row for row, code in enumerate(part.item) if pks[code] in items]
    names = [str(items[pk].uuid) if pk in items else str(pk) for pk in pks]
    return replace(part.select(np.asarray(kept, dtype=np.int64)), items=pa.array(names, pa.string()))


def fit(collection: Collection, scheme: Scheme, perspective: str, options: dict[str, Any]) -> TextClassifier:
    """Train the classifier of a job. The same votes and options give the same classifier, on any database."""
    corpora = training_corpora(collection, options.get("train_on") or [])
    people, items = votes(scheme, perspective, corpora)
    seed = int(options.get("seed", 0))
    chosen = sorted(items, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest())
    taken = chosen[: int(options.get("max_training") or MAX_TRAINING)]
    return train(people, [shown.shown(items[name]) for name in taken], parameters=Parameters(seed=seed))


def keep(trained: TextClassifier) -> str:
    """Store the classifier under its version in the object store; returns its key."""
    fs, root = object_store.filesystem()
    key = f"classifiers/{trained.version}.npz"
    fs.makedirs(f"{root}/classifiers", exist_ok=True)
    with fs.transaction, fs.open(f"{root}/{key}", "wb") as sink:
        sink.write(trained.to_bytes())
    return key


@lru_cache(maxsize=2)
def kept(key: str) -> TextClassifier:
    """Read a stored classifier; the last two stay in memory, as their files never change."""
    with object_store.open_key(key) as source:
        return TextClassifier.from_bytes(source.read())


@transaction.atomic
def classifier_rater(trained: TextClassifier, *, scheme: Scheme, perspective: str, job: Job) -> Rater:
    """The rater of a classifier, made if it is new, with the items it learned from."""
    version = hashlib.sha256(f"{trained.version}:{scheme.ref}:{perspective}".encode()).hexdigest()[:12]
    identity = {
        "engine": "classifier",
        "name": ALGORITHM,
        "version": trained.version,
        "prompt_version": None,
        "parameters": asdict(trained.parameters),
        "scheme": scheme.ref,
        "perspective": perspective,
        "scores": trained.scores,
        "training_items": len(trained.training_items),
    }
    rater, made = Rater.objects.get_or_create(
        pseudonym=f"classifier-{version}", defaults={"kind": "model", "model": identity}
    )
    if made:
        taught = Item.objects.filter(uuid__in=trained.training_items).order_by("pk").values_list("pk", flat=True)
        rows = [RaterTrainingItem(rater=rater, item_id=pk) for pk in taught]
        RaterTrainingItem.objects.bulk_create(rows, batch_size=5000)
        audit.record(job.started_by, "rater.train", rater, version=trained.version, items=len(rows))
    return rater
