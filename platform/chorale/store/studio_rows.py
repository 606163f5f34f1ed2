"""Answers as rows: the response of a rater to an item, its judgments, and the counters of a campaign."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from psycopg.types.json import Jsonb

from annotation.assistance import Fate, fate_of_field, origin_of
from annotation.studio import Answer, Layer, names
from annotation.studio.client import stamp
from annotation.studio.results import Parsed, whole
from chorale.store import campaigns, seats
from chorale.store.models import (
    Assignment,
    Campaign,
    FormLayer,
    Item,
    Judgment,
    Rater,
    Response,
    Seat,
    StudioAccount,
    StudioProject,
    StudioTask,
    SyncProblem,
)
from chorale.store.models.judgments import Arm
from chorale.store.studio_arrival import Arrival
from harmonize.corpora.identity import stable_uuid
from harmonize.records import Kind, Status

_ANSWERED = Q(judgments__retired_at__isnull=True) & ~Q(judgments__status=int(Status.SKIPPED))
JUDGMENT = (
    "key", "response_id", "item_id", "rater_id", "scheme_id", "layer", "revision", "perspective", "modality", "status",
    "confidence", "texts", "spans", "labels", "intensities", "values", "origin",
)  # fmt: skip
REVISED = [
    "lead_time", "origin", "external_id", "external_revision", "retired_at", "arm", "suggestion", "top_up",
    "submitted_at",
]  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """What stays the same while a project is read: its campaign, form and raters."""

    project: StudioProject
    campaign: Campaign
    layers: list[Layer]
    by_name: dict[str, tuple[FormLayer, Kind]]
    raters: dict[int, Rater]
    gone: frozenset[int]  # raters who took their answers out; what still stands in Label Studio is not read again
    shows_context: bool
    shows_words: bool  # beside a picture, sound or film
    together: bool  # several items at once

    @staticmethod
    def of(project: StudioProject) -> Frame:
        """The frame of a project as it stands now."""
        campaign = Campaign.objects.select_related("form", "collection").get(pk=project.campaign_id)
        whose = campaign.parent_id or campaign.pk  # places are had in the whole campaign
        accounts = StudioAccount.objects.filter(ls_id__isnull=False, rater__assignment__campaign=whose)
        return Frame(
            project=project,
            campaign=campaign,
            layers=campaigns.layers_of(campaign.form),
            by_name={row.name: (row, Kind(row.scheme.kind)) for row in campaign.form.layers.select_related("scheme")},
            gone=frozenset(Assignment.objects.filter(campaign=whose, taken_out=True).values_list("rater", flat=True)),
            raters={account.ls_id or 0: account.rater for account in accounts.select_related("rater")},
            shows_context="$context" in project.label_config,
            shows_words=f'name="{names.CAPTION}"' in project.label_config,
            together=f"${names.TOGETHER}" in project.label_config,
        )

    def modality(self, item: Item) -> str:
        """What a rater saw of an item: "video", or "video+text" where what is said stood beside it."""
        words = self.shows_words and (item.text or item.media_facts.get("cues"))
        words = item.facets.get("in_words") if self.together else words
        return f"{item.modality}+text" if words else item.modality

    def context(self, item: Item) -> bool:
        """Whether a rater saw what came before an item, or before a member of a tuple."""
        return bool(item.facets.get("in_context") if self.together else self.shows_context and item.context)

    def cap(self, row: StudioTask) -> int:
        """How many answers an item may have. One that was taken out gets none any more and keeps those it had."""
        return seats.cap(row, self.campaign) or self.campaign.overlap + self.campaign.top_up


def response(frame: Frame, item: Item, rater: Rater, arrived: Arrival, seat: Seat) -> Response:
    """A new response, with everything under which it was given (SCIENCE rule 5)."""
    campaign = frame.campaign
    suggestion = seat.suggestion if seat.arm == Arm.ASSISTED else None
    return Response(
        slot=stable_uuid("campaign", campaign.slug, item.uuid, rater.pseudonym),
        item=item,
        rater=rater,
        form=campaign.form,
        campaign=campaign,
        origin=whole(origins(suggestion, arrived.parsed)),
        arm=seat.arm,
        suggestion=suggestion,
        top_up=seat.top_up,
        language=campaign.language,
        guideline_version=campaign.guideline_version,
        context_shown=frame.context(item),
        modality_shown=frame.modality(item),
        lead_time=_seconds(arrived.raw.get("lead_time")),
        submitted_at=stamp(arrived.raw["created_at"]),
        external_id=arrived.number,
        external_revision=arrived.revision,
    )


def revised(old: Response, arrived: Arrival, seat: Seat, *, seated: bool) -> Response:
    """A known response under a newer revision, or given anew after it was taken back. ``seated``: ``seat`` stood
    before, and tells how the answer came to be."""
    anew = old.external_id != arrived.number
    if anew:
        old.submitted_at = stamp(arrived.raw["created_at"])
        old.arm, old.suggestion = seat.arm, seat.suggestion if seat.arm == Arm.ASSISTED else None
    if anew or seated:
        old.top_up = seat.top_up
    old.lead_time = _seconds(arrived.raw.get("lead_time"))
    old.origin = whole(origins(old.suggestion, arrived.parsed))
    old.external_id, old.external_revision, old.retired_at = arrived.number, arrived.revision, None
    return old


def judgments(frame: Frame, row: Response, parsed: Parsed, revision: int) -> Iterator[tuple[Any, ...]]:
    """The judgments of a response, one a layer that was answered, as rows of `JUDGMENT`."""
    told_of = origins(row.suggestion, parsed)
    for place, answer in enumerate(parsed.answers):
        layer, kind = frame.by_name[answer.layer]
        texts = {**answer.texts, "reason": answer.reason, "note": parsed.note if place == 0 else ""}
        told = {name: text for name, text in texts.items() if text}
        labels, strengths, values = _said(answer, kind)
        yield (
            stable_uuid(row.slot, layer.position, revision), row.pk, row.item_id, row.rater_id, layer.scheme_id,
            layer.position, revision, layer.perspective, layer.modality, int(answer.status), parsed.confidence,
            Jsonb(told) if told else None, Jsonb(list(answer.spans)) if answer.spans else None,
            labels, strengths, values, told_of[place],
        )  # fmt: skip


def origins(suggestion: dict[str, Any] | None, parsed: Parsed) -> list[str]:
    """How each answer of a response came to be, told by what was suggested there and what was said."""
    layers = (suggestion or {}).get("layers") or {}
    return [origin_of(_became(layers.get(answer.layer), answer), answer.origin) for answer in parsed.answers]


def _became(suggested: dict[str, Any] | None, answer: Answer) -> Fate | None:
    if suggested is None or answer.status in (Status.SKIPPED, Status.BROKEN):
        return None
    return fate_of_field(suggested, labels=answer.labels, strengths=answer.strengths, values=answer.values)


def next_revisions(responses: Sequence[Response]) -> dict[int, int]:
    """The number of the revision to come of each response."""
    last = Judgment.objects.filter(response__in=responses).values("response").annotate(last=Max("revision"))
    return {row["response"]: row["last"] + 1 for row in last}


def recount(campaign: Campaign) -> None:
    """Counters of a campaign and of each rater's place in it, from the rows."""
    current = Response.objects.filter(campaign=campaign, retired_at__isnull=True)
    per_item = current.filter(_ANSWERED).values("item").annotate(raters=Count("rater", distinct=True))
    campaign.responses = current.count()
    campaign.complete_items = per_item.filter(raters__gte=campaign.overlap).count()
    campaign.problems = SyncProblem.objects.filter(project__campaign=campaign, state="open").count()
    campaign.save(update_fields=["responses", "complete_items", "problems"])
    _count_raters(campaign, current)
    left = Assignment.objects.filter(campaign=campaign).exclude(rater__in=current.values("rater"))
    left.exclude(responses=0).update(responses=0, seconds=0.0)  # all of theirs was taken back


def count_on(campaign: Campaign, task: int, *, added: int, problems: int) -> None:
    """Bring the counters on after one task changed; the next sync counts all anew.

    To count a whole campaign at each answer would make every answer dearer than the one before.
    """
    current = Response.objects.filter(campaign=campaign, retired_at__isnull=True)
    here = current.filter(item__studiotask__ls_id=task, item__studiotask__project__campaign=campaign)
    answered = here.filter(_ANSWERED).values("rater").distinct().count()
    reached = int(added > 0 and answered == campaign.overlap)
    fell = int(added < 0 and answered == campaign.overlap - 1)
    Campaign.objects.filter(pk=campaign.pk).update(
        responses=F("responses") + added, complete_items=F("complete_items") + reached - fell,
        problems=F("problems") + problems,
    )  # fmt: skip
    _count_raters(campaign, current.filter(rater__in=here.values("rater")))


def _count_raters(campaign: Campaign, current: QuerySet[Response]) -> None:
    """Each rater's place: how much they answered here, how long it took, when last."""
    sums = current.values("rater").annotate(n=Count("pk"), seconds=Sum("lead_time"), last=Max("submitted_at"))
    for row in sums.order_by("rater"):
        Assignment.objects.filter(campaign=campaign, rater=row["rater"]).update(
            responses=row["n"], seconds=row["seconds"] or 0.0, last_at=row["last"]
        )


def _said(answer: Answer, kind: Kind) -> tuple[list[int] | None, list[float] | None, list[float] | None]:
    """Labels, their strengths, values: what the kind has of them."""
    if kind == Kind.DIMENSION:
        return None, None, list(answer.values) if answer.values is not None else None
    return list(answer.labels or ()), list(answer.strengths or ()) if kind == Kind.INTENSITY else None, None


def _seconds(given: Any) -> float | None:
    """Lead time as the client says it, if it can be one at all."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given) or given < 0:
        return None
    return float(min(given, 86_400.0))
