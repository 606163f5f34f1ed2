"""A language model as a rater: endpoint, scheme, prompt and way of asking under one version."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from annotation.model_raters.chat import ItemFailure
from annotation.model_raters.elicitation import Brief, Elicitation, Row
from annotation.model_raters.endpoint import Endpoint
from annotation.model_raters.folds import keys_of
from annotation.model_raters.items import ShownItem
from annotation.model_raters.limiter import Limiter
from annotation.model_raters.predictions import Predictions, Provenance, probability_judgments
from annotation.model_raters.response_log import ResponseLog
from annotation.model_raters.transport import Transport
from harmonize.problems import Problem
from harmonize.records import Judgments, Kind

Outcome = tuple[ShownItem, Row | Problem]


@dataclass(frozen=True)
class ChatRater:
    """A model behind an OpenAI-compatible server, asked about one scheme from one perspective in one way."""

    endpoint: Endpoint
    brief: Brief
    elicitation: Elicitation

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Everything that makes this rater what it is; the key is not part of it."""
        return {
            "engine": "chat",
            "name": self.endpoint.model,
            "url": self.endpoint.url,
            "scheme": self.brief.scheme.ref,
            "perspective": self.brief.perspective,
            "prompt_version": self.brief.prompt.ref,
            "parameters": self.elicitation.describe()
            | {"show_language": self.brief.show_language, "image_side": self.brief.image_side},
            "shots": [shot.item.id for shot in self.brief.prompt.shots],
        }

    @cached_property
    def version(self) -> str:
        """16 hex digits of the identity and the whole scheme: another definition of a label is another rater."""
        whole = [self.identity, self.brief.scheme.to_dict()]
        return hashlib.sha256(json.dumps(whole, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """Name in its judgments: model and version."""
        return f"{self.endpoint.model}@{self.version}"

    def predict(self, items: Sequence[ShownItem], **options: Any) -> Judgments:
        """PROBABILITY (or DIMENSION) judgments, one an answered item; see `elicit` for what else is known."""
        return self.elicit(items, **options).judgments

    def elicit(
        self, items: Sequence[ShownItem], *, log: ResponseLog | None = None, limiter: Limiter | None = None
    ) -> Predictions:
        """Ask about all items and wait; failures are listed. For scripts; inside an event loop await `ask_all`."""

        async def whole() -> Predictions:
            async with Transport(self.endpoint, log=log, limiter=limiter) as transport:
                return self.gather([outcome async for outcome in self.ask_all(items, transport)])

        return asyncio.run(whole())

    async def ask_all(
        self, items: Iterable[ShownItem], transport: Transport, *, stop: Callable[[], bool] = lambda: False
    ) -> AsyncIterator[Outcome]:
        """Ask about items, as many at once as the limiter allows; yields each as it is done, in any order.

        Items are drawn one by one; once ``stop()`` is true no more are drawn and those under way are finished.
        Raises the first `ChoraleError` that stops everything.
        """
        source, done = iter(items), asyncio.Queue[Outcome | BaseException]()
        tasks: set[asyncio.Task[None]] = set()
        under_way, finished = 0, False
        try:
            while True:
                while not finished and under_way < max(1, int(transport.limiter.limit)):
                    item = None if stop() else next(source, None)
                    finished = item is None
                    if item is not None:
                        tasks.add(task := asyncio.create_task(self._one(item, transport, done)))
                        task.add_done_callback(tasks.discard)
                        under_way += 1
                if not under_way:
                    return
                outcome = await done.get()
                under_way -= 1
                if isinstance(outcome, BaseException):
                    raise outcome
                yield outcome
        finally:
            for task in [*tasks]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, item: ShownItem, transport: Transport, done: asyncio.Queue[Outcome | BaseException]) -> None:
        """Ask about one item and put what came, whatever it is."""
        try:
            if not item.text.strip() and not item.images:
                raise ItemFailure("nothing-to-show", "The item has no text.", "Use a rater that takes its media.")
            done.put_nowait((item, await self.elicitation.one(self.brief, item, transport.ask)))
        except ItemFailure as failure:
            done.put_nowait((item, failure.problem(item.id)))
        except Exception as error:
            done.put_nowait(error)

    def gather(self, outcomes: Iterable[Outcome]) -> Predictions:
        """Predictions from outcomes, ordered by item id, so that the order of arrival leaves no trace."""
        ordered = sorted(outcomes, key=lambda outcome: outcome[0].id)
        rows = [(item, row) for item, row in ordered if isinstance(row, Row)]
        names = self.brief.scheme.names
        values = np.asarray([row.values for _, row in rows]).reshape(len(rows), len(names))
        kind = Kind.DIMENSION if self.brief.scheme.kind == Kind.DIMENSION else Kind.PROBABILITY
        status = np.asarray([row.status for _, row in rows], np.uint8)
        judgments = probability_judgments(
            [item.id for item, _ in rows], self.name, names, values, status=status, kind=kind
        )
        shown = {key for shot in self.brief.prompt.shots for key in keys_of(shot.item)}
        seen = [not shown.isdisjoint(keys_of(item)) for item, _ in rows]

        def masses(name: str) -> Any:
            return np.asarray([getattr(row, name) for _, row in rows], np.float32)

        return Predictions(
            judgments,
            np.where(seen, Provenance.SEEN, Provenance.OUTSIDE).astype(np.uint8),
            masses("off_scheme"),
            masses("none_applies"),
            masses("cannot_tell"),
            tuple(row.keys for _, row in rows),
            tuple(row for _, row in ordered if isinstance(row, Problem)),
        )
