"""The ledger of a campaign: what stands in Label Studio against what stands here, every difference named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from annotation.studio.client import Json, Page, stamp
from chorale.store import rounds
from chorale.store.models import Campaign, Response, StudioAccount, StudioProject, StudioTask, SyncProblem
from chorale.store.studio_checks import author
from chorale.store.studio_push import connect

MOST = 5000  # differences told by name; all of them are counted
TOLD = {
    "waiting": "It is newer than the last sync. The next one brings it.",
    "retired": "It was retired here and stands there unchanged. A full sync takes it again.",
    "leaving": "Its author withdrew and took it back. It is being deleted there.",
    "gone": "It stands in Label Studio no more. A sync that reads its item, a full one at the latest, retires it here.",
    "lost": "The item's task was deleted in Label Studio. A full sync notes it, and opening again sends it anew.",
    "foreign": "Chorale did not make this task. Remove it in Label Studio.",
}


@dataclass
class Ledger:
    """``answers`` in Label Studio = ``taken`` as responses + ``refused`` as problems + ``waiting`` for the next sync
    + ``retired`` here + ``leaving`` with their author.

    ``gone``: responses here whose answer is no longer there. ``items_there`` and ``items_here`` differ by the tasks
    that are ``lost`` there and those that are ``foreign``.
    """

    answers: int = 0
    taken: int = 0
    refused: int = 0
    waiting: int = 0
    retired: int = 0
    leaving: int = 0
    gone: int = 0
    items_there: int = 0
    items_here: int = 0
    lost: int = 0
    foreign: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        """Whether both sides say the same."""
        return not any(getattr(self, kind) for kind in TOLD)

    def differ(self, kind: str, number: int | None, task: int) -> None:
        """Count a difference and name it."""
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.differences) < MOST:
            self.differences.append({"kind": kind, "answer": number, "task": task})

    def add(self, other: dict[str, Any]) -> None:
        """Count another part of the campaign in."""
        for name, value in other.items():
            if name != "balanced":
                setattr(self, name, getattr(self, name) + value)
        del self.differences[MOST:]

    def to_dict(self) -> dict[str, Any]:
        """As it is shown and kept."""
        return vars(self) | {"balanced": self.balanced}


def ledger(campaign: Campaign) -> Ledger:
    """Read all of a campaign and the rounds in its course in Label Studio and compare; changes nothing."""
    api, book = connect(), Ledger()
    for project in rounds.projects(campaign).exclude(ls_id=None).order_by("campaign", "number"):
        after = 0
        for page in api.pages(project.ls_id or 0):
            book.add(compare(project, page, after=after).to_dict())
            after = int(page.tasks[-1]["id"]) if page.tasks else after
    return book


def compare(project: StudioProject, page: Page, *, after: int) -> Ledger:
    """One page, which holds every task of Label Studio's project above ``after``, against the rows of its tasks."""
    book = Ledger(items_there=len(page.tasks))
    until = {} if page.upto is None else {"ls_id__lte": page.upto}
    rows = StudioTask.objects.filter(project=project, ls_id__gt=after, **until)
    ours = dict(rows.values_list("item", "ls_id"))
    book.items_here = len(ours)
    there = {int(task["id"]) for task in page.tasks}
    for task in sorted(there ^ set(ours.values())):
        book.differ("foreign" if task in there else "lost", None, task)
    _compare_answers(book, project, [raw for task in page.tasks for raw in task["annotations"]], ours)
    return book


def _compare_answers(book: Ledger, project: StudioProject, answers: Sequence[Json], ours: dict[int, int]) -> None:
    """Each answer there against what stands here; ``ours``: tasks by item."""
    held = Response.objects.filter(campaign=project.campaign_id, item__in=ours, external_id__isnull=False)
    fields = "external_id", "external_revision", "item", "retired_at"
    known = {number: (stamp(revision), ours[item], at) for number, revision, item, at in held.values_list(*fields)}
    numbers = {int(raw["id"]) for raw in answers}
    problems = SyncProblem.objects.filter(project=project, state="open", ls_annotation__in=numbers)
    refused = set(problems.values_list("ls_annotation", "revision"))
    leaving = _leaving(project)
    for raw in answers:
        number, revision = int(raw["id"]), str(raw["updated_at"])
        seen, _, retired = known.get(number, (None, 0, None))
        book.answers += 1
        if seen and retired is None and seen >= stamp(revision):
            book.taken += 1
        elif (number, revision) in refused:
            book.refused += 1
        elif author(raw) in leaving:
            book.differ("leaving", number, int(raw["task"]))
        else:
            old = seen and retired is not None and seen >= stamp(revision)
            book.differ("retired" if old else "waiting", number, int(raw["task"]))
    for number in sorted(known.keys() - numbers):
        _, task, retired = known[number]
        if retired is None:
            book.differ("gone", number, task)


def _leaving(project: StudioProject) -> set[int | None]:
    """Label Studio's numbers of the raters who took their answers out of the campaign."""
    whose = project.campaign.parent_id or project.campaign_id
    out = StudioAccount.objects.filter(rater__assignment__campaign=whose, rater__assignment__taken_out=True)
    return set(out.filter(ls_id__isnull=False).values_list("ls_id", flat=True))
