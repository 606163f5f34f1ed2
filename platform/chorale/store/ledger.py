"""The ledger of a campaign: what stands in Label Studio against what stands here, every difference named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from annotation.studio.client import Studio, stamp
from chorale.store import rounds
from chorale.store.models import Campaign, Response, StudioProject, SyncProblem
from chorale.store.studio_push import connect

MOST = 200  # differences told by name


@dataclass
class Ledger:
    """``answers`` in Label Studio = ``taken`` as responses + ``refused`` as problems + ``waiting`` for the next sync.
    ``gone``: responses here whose answer is no longer there."""

    answers: int = 0
    taken: int = 0
    refused: int = 0
    waiting: int = 0
    gone: int = 0
    items_there: int = 0
    items_here: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        """Whether both sides say the same."""
        return self.waiting == self.gone == 0 and self.items_there == self.items_here

    def differ(self, kind: str, number: int, task: int, what: str) -> None:
        """Count a difference and name it."""
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.differences) < MOST:
            self.differences.append({"kind": kind, "answer": number, "task": task, "what": what})

    def to_dict(self) -> dict[str, Any]:
        """As it is shown."""
        return vars(self) | {"balanced": self.balanced}


def ledger(campaign: Campaign) -> Ledger:
    """Read all of a campaign in Label Studio and compare; changes nothing."""
    api, book = connect(), Ledger()
    for project in rounds.projects(campaign).exclude(ls_id=None).order_by("campaign", "number"):
        _compare(api, project, book)
    return book


def _compare(api: Studio, project: StudioProject, book: Ledger) -> None:
    ours = Response.objects.filter(
        campaign=project.campaign, retired_at__isnull=True, item__studiotask__project=project
    )
    taken = dict(ours.values_list("external_id", "external_revision"))
    problems = SyncProblem.objects.filter(project=project, state="open")
    refused = set(problems.values_list("ls_annotation", "revision"))
    book.items_here += project.tasks.count()
    seen = set()
    for page in api.pages(project.ls_id or 0):
        book.items_there += len(page.tasks)
        for raw in (raw for task in page.tasks for raw in task["annotations"]):
            number, revision = int(raw["id"]), str(raw["updated_at"])
            seen.add(number)
            book.answers += 1
            if number in taken and stamp(taken[number]) >= stamp(revision):
                book.taken += 1
            elif (number, revision) in refused:
                book.refused += 1
            else:
                book.differ("waiting", number, int(raw["task"]), "It is newer than the last sync.")
    for number in taken.keys() - seen:
        book.differ("gone", number or 0, 0, "It was deleted in Label Studio after the last sync.")
