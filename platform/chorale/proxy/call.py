"""One request of a signed-in rater, with what its handler needs."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from chorale.proxy.guard import Refusal
from chorale.proxy.threads import in_thread
from chorale.proxy.tickets import Visitor
from chorale.proxy.upstream import Upstream
from chorale.store import seats
from chorale.store.models import Seat


@dataclass(frozen=True)
class Call:
    """The request, who sent it, the numbers in its path, and the way to Label Studio."""

    request: Request
    visitor: Visitor
    numbers: tuple[int, ...]
    upstream: Upstream

    def own_project(self, number: int) -> int:
        """The project that the rater's page speaks of; `Refusal` for any other, those of check items too."""
        if not number or number != self.visitor.home:
            raise Refusal(404, "There is no such project for you.")
        return number

    async def own_seat(self, number: int) -> Seat:
        """A seat of the rater's by its number, by which the page knows the item; `Refusal` for any other number."""
        return await self._found("There is no such item for you.", pk=number)

    async def seat_at(self, task: int) -> Seat:
        """The rater's seat at a task of Label Studio's; `Refusal` otherwise, whether or not the task exists."""
        return await self._found("There is no such item for you.", task__ls_id=task)

    async def answered_seat(self, annotation: int) -> Seat:
        """The rater's seat that holds this answer; `Refusal` otherwise."""
        return await self._found("There is no such answer of yours.", external_id=annotation)

    async def _found(self, missing: str, **where: int) -> Seat:
        seat = await in_thread(_seat, self.visitor, where)
        if seat is None:
            raise Refusal(404, missing)
        return seat


def _seat(visitor: Visitor, where: dict[str, int]) -> Seat | None:
    own = seats.own(visitor.rater, visitor.campaign).filter(**where)
    return own.select_related("task__item", "task__project__campaign__form").first()
