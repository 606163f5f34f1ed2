"""What the API says, field by field; the words are those of the store."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from ninja import Schema


class CorpusOut(Schema):
    """A corpus with its stored counters; rows_read = imported + duplicate + quarantined."""

    slug: str
    version: str
    title: str
    licence: str
    language: str
    modality: str
    perspective: str
    citation: str
    source_url: str
    items: int
    judgments: int
    rows_read: int
    rows_imported: int
    rows_duplicate: int
    rows_quarantined: int


class RulingOut(Schema):
    """An adjudicator's decision with its reason: ``labels``, or ``values`` by dimension (null: the mean stands).

    ``stands`` is false once it was replaced or taken back, at ``retired_at``.
    """

    id: int
    item: uuid.UUID
    scheme: str
    perspective: str
    labels: list[str] | None
    values: dict[str, float | None] | None
    reason: str
    decided_by: str
    created_at: dt.datetime
    stands: bool
    retired_at: dt.datetime | None


class SoftLabelOut(Schema):
    """A soft label: values in the scheme's code order, null where masked.

    Of every voice on the item, or of one ``campaign``, or as settled in one ``collection``. ``method`` names the
    aggregation; ``low`` and ``high``: bounds where it has them; ``verdict``, on the row of the
    votes: people split, one opinion or undecidable, with the test behind it in ``evidence``.
    """

    scheme: str
    perspective: str
    method: str
    semantics: str
    labels: list[str]
    values: list[float | None]
    spread: list[float | None] | None
    n: int | None
    entropy: float | None
    low: list[float | None] | None
    high: list[float | None] | None
    verdict: str | None
    evidence: dict[str, Any] | None
    unmapped: float | None
    crosswalk: str | None
    campaign: str | None
    collection: str | None


class ItemOut(Schema):
    """An item, without its soft labels."""

    uuid: uuid.UUID
    corpus: str
    source_id: str
    modality: str
    text: str
    context: list[Any]
    language: str
    facets: dict[str, Any]
    split: str
    reserved: str


class WholeItemOut(ItemOut):
    """An item with every soft label it has, and the rulings on it."""

    soft_labels: list[SoftLabelOut]
    rulings: list[RulingOut]


class JudgmentOut(Schema):
    """What one rater said; `labels` are ids of the scheme."""

    key: uuid.UUID
    item: uuid.UUID
    rater: str | None
    rater_kind: str | None
    scheme: str
    perspective: str
    status: str
    labels: list[str] | None
    intensities: list[float] | None
    values: list[float] | None
    probabilities: list[float] | None
    origin: str
    arm: str
    superseded: bool


class CampaignOut(Schema):
    """A campaign with its stored counters."""

    slug: str
    title: str
    state: str
    arm: str
    overlap: int
    items: int
    responses: int
    complete_items: int
    problems: int
    synced_at: dt.datetime | None


class JobIn(Schema):
    """A job to start: its kind and what that kind needs."""

    kind: str
    params: dict[str, Any] = {}


class BudgetIn(Schema):
    """What a job may spend in all; null: no limit. Cost is in the currency of the endpoint's prices."""

    requests: int | None = None
    tokens: int | None = None
    cost: float | None = None


class RetryIn(Schema):
    """Failed items to ask about again; null: all of them."""

    items: list[uuid.UUID] | None = None


class SpentOut(Schema):
    """What a job has paid a language model for."""

    requests: int
    prompt_tokens: int
    completion_tokens: int


class JobOut(Schema):
    """A job: its counts, state, error and result; `pause`: it rests or is about to; `spent`: what it paid for."""

    uuid: uuid.UUID
    kind: str
    title: str
    state: str
    cancel: bool
    pause: bool
    budget: dict[str, Any]
    spent: SpentOut | None
    total: int | None
    done: int
    failed: int
    message: str
    error: dict[str, Any] | None
    result: dict[str, Any]
    params: dict[str, Any]

    @staticmethod
    def resolve_spent(row: Any) -> Any:
        """Counted beside the job; most jobs ask no model."""
        return getattr(row, "spending", None)


class FileOut(Schema):
    """One file of a release."""

    name: str
    bytes: int
    sha256: str
    rows: int | None = None
    href: str


class ExportOut(Schema):
    """The newest export of a campaign's judgments; ``gone`` says why it has no files any more."""

    job: uuid.UUID
    made_at: dt.datetime
    judgments: int
    gone: str = ""
    files: list[FileOut]


class TermsOut(Schema):
    """The terms of a release, with the hash by which they are accepted."""

    terms: str
    sha256: str
    accepted: bool


class TermsIn(Schema):
    """Which terms are accepted."""

    sha256: str


class ReleaseOut(Schema):
    """A release."""

    slug: str
    version: str
    title: str
    state: str
    access: str
    recipe_sha256: str
    digest: str | None
    created_at: dt.datetime


class SchemeOut(Schema):
    """A scheme version, whole."""

    ref: str
    title: str
    kind: str
    definition: dict[str, Any]


class CrosswalkOut(Schema):
    """A crosswalk version, whole, with what it lost where it was applied."""

    ref: str
    title: str
    source: str
    target: str
    status: str
    definition: dict[str, Any]
    loss: dict[str, Any]


class IntakeIn(Schema):
    """How a corpus comes in: `upload`, `path` or `address`, and which of the latter two."""

    origin: Literal["upload", "path", "address"] = "upload"
    address: str = ""


class IntakeDescriptor(Schema):
    """The text of corpus.toml."""

    toml: str


class UploadCheck(Schema):
    """The SHA-256 of a file as its sender has it, in hexadecimal."""

    sha256: str


class UploadOut(Schema):
    """A file on its way in; `checked`: the sender's hash and ours agree."""

    uuid: uuid.UUID
    name: str
    bytes: int
    received: int
    sha256: str
    state: str
    checked: bool


class IntakeOut(Schema):
    """A corpus on its way in."""

    uuid: uuid.UUID
    origin: str
    address: str
    uploads: list[UploadOut]
    descriptor: str
    notes: list[str]
    corpus: str
    job: uuid.UUID | None
    created_at: dt.datetime


class IntakePage(Schema):
    """A page of corpora on their way in."""

    rows: list[IntakeOut]
    next: int | None


class CorpusPage(Schema):
    """A page of corpora."""

    rows: list[CorpusOut]
    next: int | None


class ItemPage(Schema):
    """A page of items."""

    rows: list[ItemOut]
    next: int | None


class JudgmentPage(Schema):
    """A page of judgments."""

    rows: list[JudgmentOut]
    next: int | None


class CampaignPage(Schema):
    """A page of campaigns."""

    rows: list[CampaignOut]
    next: int | None


class JobPage(Schema):
    """A page of jobs."""

    rows: list[JobOut]
    next: int | None


class ReleasePage(Schema):
    """A page of releases."""

    rows: list[ReleaseOut]
    next: int | None


class SchemePage(Schema):
    """A page of schemes."""

    rows: list[SchemeOut]
    next: int | None


class CrosswalkPage(Schema):
    """A page of crosswalks."""

    rows: list[CrosswalkOut]
    next: int | None
