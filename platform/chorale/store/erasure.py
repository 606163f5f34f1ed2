"""Erasing an item or a rater: releases, Label Studio, model logs, raw uploads, and last the rows (SCIENCE rule 23).

Every part can be done twice without harm, and the rows that say what to look for go last: an erasure that was killed
is begun again and ends like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from annotation.studio.client import Studio
from chorale.store import (
    audit,
    campaign_exports,
    erased_meanwhile,
    erasure_counters,
    erasure_reports,
    erasure_traces,
    object_store,
    raw_lines,
    studio_rows,
    withdrawals,
)
from chorale.store.erasure_reach import (
    DREW,
    GONE,
    key_of,
    lines_of,
    prompts_with,
    requests_with,
    responses,
    retelling,
    whole,
)
from chorale.store.models import (
    Aggregate,
    ApiToken,
    Campaign,
    CorpusPerson,
    Erasure,
    Item,
    Judgment,
    NearDuplicate,
    Quarantine,
    Rater,
    Response,
    SourceFile,
    StudioTask,
    User,
)
from harmonize.problems import ChoraleError

Connect = Callable[[], Studio]


@transaction.atomic
def begin(*, by: User | None, row: Item | Rater, reason: str) -> Erasure:
    """Note what is to go and why. Raises ChoraleError for a model, and without a reason: tombstones tell it."""
    if not reason.strip():
        raise ChoraleError("erase-reason", "An erasure needs a reason.", "Say why: the tombstones show it.")
    if isinstance(row, Rater) and row.kind != "person":
        raise ChoraleError("not-a-person", f"{row} is a {row.kind}.", "Leave it out of the next recipe instead.")
    kind = "item" if isinstance(row, Item) else "rater"
    erased_meanwhile.hold()
    made, new = Erasure.objects.get_or_create(
        kind=kind, key=key_of(row), defaults={"corpus": row.corpus, "reason": reason.strip()[:400], "by": by}
    )
    if new:
        audit.record(by, f"{kind}.erase-begin", made, reason=made.reason)
    return made


def erase_releases(erasure: Erasure, row: Item | Rater) -> int:
    """Withdraw it from every release; drafts of the patch versions follow. How many releases held it."""
    by, reason = erasure.by, erasure.reason
    if isinstance(row, Item):
        drafts = withdrawals.withdraw_item(by=by, item=row, reason=reason, beside=[*whole(row)[1:], *retelling(row)])
    else:
        drafts = withdrawals.withdraw_rater(by=by, rater=row, reason=reason)
    told = "patch releases drafted"
    return _reached(erasure, told, max(len(drafts) - erasure.reached.get(told, 0), 0))  # the same again in a second run


def erase_studio(erasure: Erasure, row: Item | Rater, connect: Connect) -> int:
    """Delete an item's tasks, or a rater's answers, from Label Studio. How many."""
    if isinstance(row, Item):
        numbers = list(StudioTask.objects.filter(item__in=whole(row)).values_list("ls_id", flat=True))
        paths = [f"/api/tasks/{number}/" for number in numbers]
    else:
        numbers = list(responses(row).filter(external_id__isnull=False).values_list("external_id", flat=True))
        paths = [f"/api/annotations/{number}/" for number in numbers]
    if paths:
        api = connect()
        for path in paths:
            api.delete(path)
        if isinstance(row, Item):
            StudioTask.objects.filter(item__in=whole(row)).delete()
    return _reached(erasure, "Label Studio tasks" if isinstance(row, Item) else "Label Studio answers", len(paths))


def erase_model_logs(erasure: Erasure, row: Item | Rater) -> int:
    """Delete the requests that told an item's text, and what prompts show of it. People are in no model's log."""
    if not isinstance(row, Item):
        return 0
    count, _ = requests_with(row).delete()
    shown = 0
    for prompt in prompts_with(row.uuid):
        for shot in prompt.definition["shots"]:
            if shot["item"]["id"] == str(row.uuid):
                shot["item"] = {"id": shot["item"]["id"], "text": GONE}
        prompt.save(update_fields=["definition"])
        shown += 1
    _reached(erasure, "prompts that showed it", shown)
    return _reached(erasure, "requests to models", count)


def erase_raw(erasure: Erasure, row: Item | Rater) -> int:
    """Take its lines out of the raw uploads, with its media and what was quarantined of these lines. How many lines."""
    gone = 0
    for file, lines in lines_of(row, responses(row)).items():
        held = SourceFile.objects.get(pk=file)
        gone += abs(raw_lines.remove(held, lines))
        Quarantine.objects.filter(source_file=held, line__in=lines).delete()
    if isinstance(row, Item):
        for name in ("media", "thumbnail"):
            _drop_media(row, name)
    return _reached(erasure, "lines of raw uploads", gone)


def erase_figures(erasure: Erasure, row: Item | Rater) -> int:
    """Take it out of kept reports, derived columns and campaign exports; name what else drew on it. How many reports.

    Reports say that they are stale, and so does what is named (`erasure_traces`).
    """
    judged = responses(row)
    _named(erasure, row, judged)
    _exports(erasure, list(Campaign.objects.filter(response__in=judged).distinct()))
    _reached(erasure, "files of derived columns", erasure_reports.redact_derived(judged))
    return _reached(erasure, "reports", erasure_reports.redact(row, judged))


def _exports(erasure: Erasure, campaigns: list[Campaign]) -> None:
    slugs = {one.slug for one in campaigns} | {one.parent.slug for one in campaigns if one.parent}
    _reached(erasure, "exports of campaigns", campaign_exports.erase(sorted(slugs), by=erasure.by))


def _named(erasure: Erasure, row: Item | Rater, judged: QuerySet[Response]) -> None:
    """Counted anew by a second run, as nothing is named twice."""
    if isinstance(row, Item):
        erasure_traces.holding(erasure, whole(row))
    erasure.reached[DREW] = erasure_traces.trace(erasure, judged)
    erasure.save(update_fields=["reached"])


@transaction.atomic
def erase_rows(erasure: Erasure, row: Item | Rater) -> int:
    """Delete what the database says: judgments, soft labels made of them, the item or the rater itself. Ends it."""
    judged = responses(row)
    touched = (
        [one.pk for one in whole(row)]
        if isinstance(row, Item)
        else list(judged.values_list("item", flat=True).distinct())
    )
    Aggregate.objects.filter(item__in=touched).delete()
    campaigns = list(Campaign.objects.filter(response__in=judged).distinct())
    erasure_counters.count_down(whole(row) if isinstance(row, Item) else [], judged)
    count, _ = Judgment.objects.filter(response__in=judged).delete()
    judged.delete()
    if isinstance(row, Item):
        NearDuplicate.objects.filter(Q(item=row) | Q(leader=row)).delete()
        _out_of_contexts(row)
        Item.objects.filter(pk__in=touched).exclude(pk=row.pk).delete()
    else:
        _forget(row)
    row.delete()
    for campaign in campaigns:
        studio_rows.recount(campaign)
    transaction.on_commit(partial(_exports, erasure, campaigns))  # those begun before the rows went
    _reached(erasure, "judgments", count)
    erasure.finished_at = timezone.now()
    erasure.save(update_fields=["finished_at"])
    audit.record(erasure.by, f"{erasure.kind}.erase", erasure, reason=erasure.reason, reached=erasure.reached)
    return count


def _out_of_contexts(item: Item) -> None:
    """Later turns of the same dialogue repeat what an item says: there it is taken out too."""
    for other in retelling(item):
        other.context = [turn | {"text": GONE} if turn.get("text") == item.text else turn for turn in other.context]
        other.save(update_fields=["context"])


def _drop_media(item: Item, name: str) -> None:
    """A media file goes with its last item."""
    key = item.media if name == "media" else str(item.media_facts.get(name, ""))
    shared = Q(media=key) if name == "media" else Q(media_facts__thumbnail=key)
    if not key or Item.objects.filter(shared).exclude(pk=item.pk).exists():
        return
    fs, root = object_store.filesystem()
    if fs.exists(f"{root}/{key}"):
        fs.rm_file(f"{root}/{key}")


def _forget(rater: Rater) -> None:
    """What is known of a person beside their answers goes; the login is closed and loses its name."""
    if rater.corpus_id is not None and rater.source_key:
        CorpusPerson.objects.filter(corpus=rater.corpus_id, key=rater.source_key).delete()
    if rater.user is not None:
        person = rater.user
        ApiToken.objects.filter(user=person).delete()
        person.username, person.email, person.first_name, person.last_name = f"erased-{person.pk}", "", "", ""
        person.is_active = False
        person.set_unusable_password()
        person.save()


def _reached(erasure: Erasure, where: str, count: int) -> int:
    """Add to what was removed; a second run finds less and adds what it finds."""
    erasure.reached[where] = erasure.reached.get(where, 0) + count
    erasure.save(update_fields=["reached"])
    return count
