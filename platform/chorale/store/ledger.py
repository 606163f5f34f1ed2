"""The ledger of a campaign: what stands in Label Studio against what stands here, every difference named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from annotation.studio.client import Page, stamp
from chorale.store import rounds
from chorale.store.models import Campaign, Response, StudioProject, StudioTask, SyncProblem
from chorale.store.studio_push import connect

MOST = 200  # differences told by name
TOLD = {
    "waiting": "It is newer than the last sync, which the next one will bring.",
    "gone": "It was deleted in Label Studio after the last sync; the next one retires it here.",
    "lost": "The item's task was deleted in Label Studio; a full sync notes it, and opening again sends it anew.",
    "foreign": "Chorale did not make this task. Remove it in Label Studio.",
}


@dataclass
class Ledger:
    """``answers`` in Label Studio = ``taken`` as responses + ``refused`` as problems + ``waiting`` for the next sync.

    ``gone``: responses here whose answer is no longer there. ``items_there`` and ``items_here`` differ by the tasks
    that are ``lost`` there and those that are ``foreign``.
    """

    answers: int = 0
    taken: int = 0
    refused: int = 0
    waiting: int = 0
    gone: int = 0
    items_there: int = 0
    items_here: int = 0
    lost: int = 0
    foreign: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        """Whether both sides say the same."""
        return self.waiting == self.gone == self.lost == self.foreign == 0

    def differ(self, kind: str, number: int | None, task: int) -> None:
        """Count a difference and name it."""
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.differences) < MOST:
            self.differences.append({"kind": kind, "answer": number, "task": task, "what": TOLD[kind]})

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
    held = Response.objects.filter(campaign=project.campaign, retired_at__isnull=True, item__in=ours)
    taken = {number: (revision, ours[item]) for item, number, revision in
             held.values_list("item", "external_id", "external_revision")}  # fmt: skip
    numbers = [raw["id"] for task in page.tasks for raw in task["annotations"]]
    problems = SyncProblem.objects.filter(project=project, state="open", ls_annotation__in=numbers)
    refused = set(problems.values_list("ls_annotation", "revision"))
    there = {int(task["id"]) for task in page.tasks}
    for task in sorted(there ^ set(ours.values())):
        book.differ("foreign" if task in there else "lost", None, task)
    for raw in (raw for task in page.tasks for raw in task["annotations"]):
        number, revision = int(raw["id"]), str(raw["updated_at"])
        book.answers += 1
        if number in taken and stamp(taken[number][0]) >= stamp(revision):
            book.taken += 1
        elif (number, revision) in refused:
            book.refused += 1
        else:
            book.differ("waiting", number, int(raw["task"]))
    for number in sorted(taken.keys() - set(numbers)):
        book.differ("gone", number, taken[number][1])
    return book
