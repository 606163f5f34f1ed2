"""Raters inside Label Studio: their sessions there, and answers that were recorded before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from annotation.studio import Answer, Layer, accounts, write_result
from annotation.studio.accounts import RaterSession
from annotation.studio.client import Studio
from chorale.store import audit, campaigns, seats
from chorale.store.models import Campaign, Rater, StudioAccount, StudioTask, User
from chorale.store.people import rater_of
from chorale.store.studio_checks import author
from chorale.store.studio_push import connect
from harmonize.problems import ChoraleError
from harmonize.records import Kind, Status

STATUSES = {
    "none-applies": Status.NONE_APPLIES,
    "cannot-tell": Status.CANNOT_TELL,
    "skipped": Status.SKIPPED,
    "broken": Status.BROKEN,
}
Said = list[str] | dict[str, float] | str


@dataclass(frozen=True)
class Recorded:
    """What a demo rater (by username) once said about an item (by its source id), layer by layer: labels by id, numbers
    by label or dimension id, or a status by name."""

    item: str
    rater: str
    layers: Mapping[str, Said]
    lead_time: float | None = None

    @property
    def skipped(self) -> bool:
        """Whether the item was skipped."""
        return "skipped" in self.layers.values()


def sign_in(rater: Rater) -> RaterSession:
    """A session of the rater in Label Studio, held by this server; the account is made on the first one."""
    account = campaigns.account_row(rater)
    word = accounts.password(settings.STUDIO_KEY, account.email)
    invite = "" if account.ls_id else connect().invite_token()
    session = RaterSession(settings.LABEL_STUDIO_URL, account.email, word, invite=invite)
    if account.ls_id != session.ls_id:
        StudioAccount.objects.filter(pk=account.pk).update(ls_id=session.ls_id)
    return session


def read_recorded(path: Path) -> Iterator[Recorded]:
    """Recorded answers from a file of JSON lines: {item, rater, layers, lead_time?, demo: true}.

    ChoraleError `recorded-mark` for a line that is not marked as demo: it may be a person's.
    """
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            row = json.loads(line)
            if row.pop("demo", None) is not True:
                raise ChoraleError("recorded-mark", f"{path.name}, line {number} is not marked as demo.")
            yield Recorded(**row)


def submit_recorded(
    *, by: User | None, campaign: Campaign, recorded: Iterable[Recorded], demo: bool = True
) -> dict[str, int]:
    """Submit recorded answers to Label Studio, each under its rater's own account, within seats and overlap.

    Only raters of the campaign whose account is marked as demo may be spoken for. Again submits what is missing.
    Returns {submitted, there, refused}.
    """
    layers = campaigns.layers_of(campaign.form)
    tasks = {
        task.item.source_id: task
        for task in StudioTask.objects.filter(project__campaign=campaign).select_related("item")
    }
    counts = {"submitted": 0, "there": 0, "refused": 0}
    sessions: dict[str, tuple[Rater, RaterSession]] = {}
    try:
        for line in recorded:
            task = tasks.get(line.item)
            if task is None:
                continue
            if line.rater not in sessions:
                rater = _demo_rater(campaign, line.rater)
                sessions[line.rater] = (rater, sign_in(rater))
            counts[_submit(campaign, layers, task, line, *sessions[line.rater])] += 1
    finally:
        for _, session in sessions.values():
            session.close()
    with transaction.atomic():
        audit.record(by, "campaign.recorded", campaign, **counts)
    return counts


def own_answer(api: Studio, task: StudioTask, ls_user: int) -> int | None:
    """The number of a rater's answer in Label Studio, if one stands there."""
    page = api.task(task.ls_id)
    numbers = [int(a["id"]) for t in page.tasks for a in t["annotations"] if author(a) == ls_user]
    return min(numbers, default=None)


def _submit(
    campaign: Campaign, layers: list[Layer], task: StudioTask, line: Recorded, rater: Rater, session: RaterSession
) -> str:
    try:
        seat, cut_off = seats.take(rater, campaign, task, offered=False)
    except seats.Refused as refusal:
        return "there" if refusal.code == "seat-filled" else "refused"
    number = own_answer(connect(), task, session.ls_id) if cut_off else None
    if number is None:
        result = [] if line.skipped else write_result(_answers(line, layers), layers)
        number = session.submit(task.ls_id, result, lead_time=line.lead_time, skipped=line.skipped)
    seats.fill(seat, number, skipped=line.skipped)
    return "submitted"


def _answers(line: Recorded, layers: list[Layer]) -> list[Answer]:
    """Recorded words as answers. ChoraleError `recorded-layer` for a layer that the form does not ask."""
    asked = [layer.name for layer in layers]
    if unknown := sorted(set(line.layers) - set(asked)):
        raise ChoraleError("recorded-layer", f"The form asks no {', '.join(unknown)}.", f"It asks {', '.join(asked)}.")
    answers = []
    for layer in layers:
        said, names = line.layers.get(layer.name), layer.scheme.names
        if isinstance(said, str):
            answers.append(Answer(layer.name, STATUSES[said], labels=()))
        elif isinstance(said, dict) and layer.scheme.kind == Kind.DIMENSION:
            answers.append(Answer(layer.name, Status.ANSWERED, values=tuple(float(said[name]) for name in names)))
        elif said is not None and not said:
            answers.append(Answer(layer.name, Status.NONE_APPLIES, labels=()))
        elif said is not None:
            strengths = tuple(float(v) for v in said.values()) if isinstance(said, dict) else None
            codes = tuple(names.index(name) for name in said)
            answers.append(Answer(layer.name, Status.ANSWERED, labels=codes, strengths=strengths))
    return answers


def _demo_rater(campaign: Campaign, username: str) -> Rater:
    person = User.objects.filter(username=username, demo=True).first()
    if person is None:
        raise ChoraleError(
            "recorded-rater", f"'{username}' is no demo rater.", "Nobody may speak for a person: only demo accounts."
        )
    rater = rater_of(person)
    if not campaign.assignments.filter(rater=rater).exists():
        campaigns.invite_raters(by=None, campaign=campaign, people_=[person])
    if not campaigns.may_rate(rater, campaign):
        campaigns.record_consent(by=person, campaign=campaign, purposes=dict.fromkeys(campaigns.PURPOSES, True))
    return rater
