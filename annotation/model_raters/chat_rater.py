"""A language model as a rater: endpoint, scheme, prompt and way of asking under one version."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from annotation.model_raters.chat import ItemFailure
from annotation.model_raters.elicitation import Ask, Brief, Elicitation, Row
from annotation.model_raters.endpoint import Endpoint
from annotation.model_raters.folds import keys_of
from annotation.model_raters.items import ShownItem
from annotation.model_raters.limiter import Limiter
from annotation.model_raters.predictions import Predictions, Provenance, probability_judgments
from annotation.model_raters.response_log import ResponseLog
from annotation.model_raters.staged import ask_staged
from annotation.model_raters.transport import Transport
from harmonize.problems import Problem
from harmonize.records import Judgments, Kind

Outcome = tuple[ShownItem, Row | Problem]
Came = Outcome | BaseException | None  # of an item; None: all are drawn
AHEAD = 0.125  # share of those asked about at once that wait, their prompts made, for a place to become free


@dataclass(frozen=True)
class ChatRater:
    """A model behind an OpenAI-compatible server, asked about one scheme from one perspective in one way.

    ``stage`` names a stage of the prompt that labels too: its labels are those of a rater of its own.
    """

    endpoint: Endpoint
    brief: Brief
    elicitation: Elicitation
    stage: str = ""

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Everything that makes this rater what it is; the key is not part of it."""
        asked = {"stage": self.stage} if self.stage else {}
        if self.brief.scheme.kind == Kind.INTENSITY:
            asked["asks"] = "strengths"
        return asked | {
            "engine": "chat",
            "name": self.endpoint.model,
            "url": self.endpoint.url,
            "scheme": self.brief.scheme.ref,
            "perspective": self.brief.perspective,
            "prompt_version": self.brief.prompt.ref,
            "parameters": self.elicitation.describe()
            | {"show_language": self.brief.show_language, **self.brief.media.describe()},
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

    @property
    def beside(self) -> list[ChatRater]:
        """A rater for each further stage that labels: what it says comes with the answers to this one."""
        stages = () if self.stage else self.brief.prompt.stages
        return [replace(self, stage=stage.id) for stage in stages if stage.role == "label"]

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
        self,
        items: Iterable[ShownItem] | AsyncGenerator[ShownItem],
        transport: Transport,
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> AsyncIterator[Outcome]:
        """Ask about items, as many at once as the limiter allows; yields each as it is done, in any order.

        Items are drawn one by one, a few more than may be asked about at once, so that a place that becomes free is
        taken by a request that is ready. Once ``stop()`` is true no more are drawn and those under way are finished.
        Raises the first `ChoraleError` that stops everything.
        """
        done, room = asyncio.Queue[Came](), asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()
        under_way = 0

        async def feed() -> None:
            nonlocal under_way
            async with aclosing(_one_by_one(items)) as source:
                while not stop():
                    if under_way >= int(transport.limiter.limit * (1 + AHEAD)) + 1:
                        room.clear()
                        await room.wait()
                    elif (item := await anext(source, None)) is None:
                        return
                    else:
                        under_way += 1
                        tasks.add(task := asyncio.create_task(self._one(item, transport, done)))
                        task.add_done_callback(tasks.discard)

        feeder = asyncio.create_task(feed())
        feeder.add_done_callback(lambda _: done.put_nowait(None))
        try:
            while under_way or not feeder.done() or not done.empty():
                outcome = await done.get()
                if outcome is None:  # all are drawn
                    continue
                under_way -= 1
                room.set()
                if isinstance(outcome, BaseException):
                    raise outcome
                yield outcome
            await feeder  # raises what drawing raised
        finally:
            for task in [feeder, *tasks]:
                task.cancel()
            await asyncio.gather(feeder, *tasks, return_exceptions=True)

    async def one(self, item: ShownItem, ask: Ask) -> Row:
        """Everything that is asked about one item, stage by stage. Raises `ItemFailure`."""
        if not item.text.strip() and not item.images and not item.audio:
            raise ItemFailure("nothing-to-show", "The item has no text.", "Use a rater that takes its media.")
        return await ask_staged(self.elicitation, self.brief, item, ask)

    async def _one(self, item: ShownItem, transport: Transport, done: asyncio.Queue[Came]) -> None:
        """Ask about one item and put what came, whatever it is."""
        try:
            done.put_nowait((item, await self.one(item, transport.ask)))
        except ItemFailure as failure:
            done.put_nowait((item, failure.problem(item.id)))
        except Exception as error:
            done.put_nowait(error)

    def gather(self, outcomes: Iterable[Outcome]) -> Predictions:
        """Predictions from outcomes, ordered by item id, so that the order of arrival leaves no trace."""
        ordered = sorted(outcomes, key=lambda outcome: outcome[0].id)
        rows = [(item, row.beside[self.stage] if self.stage else row) for item, row in ordered if isinstance(row, Row)]
        names = self.brief.scheme.names
        values = np.asarray([row.values for _, row in rows]).reshape(len(rows), len(names))
        kind = Kind.DIMENSION if self.brief.scheme.kind == Kind.DIMENSION else Kind.PROBABILITY
        status = np.asarray([row.status for _, row in rows], np.uint8)
        judgments = probability_judgments(
            [item.id for item, _ in rows], self.name, names, values, status=status, kind=kind
        )
        known = {key for shot in self.brief.prompt.shots for key in keys_of(shot.item)}
        seen = [not known.isdisjoint(keys_of(item)) for item, _ in rows]

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
            masses("strengths") if rows and all(row.strengths is not None for _, row in rows) else None,
            tuple(_notes(row, names) for _, row in rows),
            tuple(row.spans for _, row in rows),
            tuple(what_was_shown(self.brief, item, self.stage) for item, _ in rows),
        )


def what_was_shown(brief: Brief, item: ShownItem, stage: str = "") -> dict[str, Any]:
    """What a rater saw of an item, all its stages together: modality, text, turns, pictures, seconds of sound."""
    first, last = brief.prompt.turns
    before, after = len(item.before) if first is None else min(first, len(item.before)), len(item.after[:last])
    own = [s for s in brief.prompt.stages if s.id == stage or (not stage and s.role == "tell")]
    sees = {*(() if stage else brief.prompt.sees), *(part for s in own for part in s.sees)}
    told: dict[str, Any] = {"modality": "text", "text": bool(item.text) and "text" in sees}
    if "context" in sees and before + after:
        told |= {"before": before, "after": after}
    if "media" in sees and (item.images or item.audio):
        told["modality"] = item.modality if item.modality in ("image", "audio", "video") else "image"
        told |= {"image_side": brief.media.image_side, "images": len(item.images)} if item.images else {}
        told |= {"frames_at": list(item.times)} if item.times else {}
        told |= {"heard": item.heard} if item.audio else {}
    return told


async def _one_by_one(items: Iterable[ShownItem] | AsyncGenerator[ShownItem]) -> AsyncGenerator[ShownItem]:
    """The same items, whichever way they come."""
    if isinstance(items, AsyncGenerator):
        async with aclosing(items):
            async for item in items:
                yield item
    else:
        for item in items:
            yield item


def _notes(row: Row, names: Sequence[str]) -> dict[str, Any]:
    """What else a row tells, and the model's own spread where it gave one."""
    if row.spread is None:
        return dict(row.notes)
    spread = {name: round(float(v), 6) for name, v in zip(names, row.spread, strict=True) if np.isfinite(v)}
    return {**row.notes, "spread": spread}
