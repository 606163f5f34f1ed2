"""The requests of a pre-label job sent and parsed by the `openai` client alone: no keys, no retries, nothing stored."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from benchmarks.paired import Spent, spent


def ask(rater: Any, texts: Sequence[str], *, at_once: int) -> Spent:
    """Time of asking about these texts, the prompts rendered as ours are."""
    return spent(lambda: asyncio.run(_all(rater, texts, at_once)))


class _Seen(Exception):
    """A request that was rendered and is not to be sent."""


async def _parameters(rater: Any) -> tuple[Any, Any]:
    """(question, parameters) of the rater's requests, from the first that it would send."""
    from annotation.model_raters.items import ShownItem

    caught: list[Any] = []

    class Brief(type(rater.brief)):  # type: ignore[misc]
        """A brief that notes what is asked."""

        def request(self, item: Any, question: Any, *rest: Any, **named: Any) -> Any:
            """The request, its question noted."""
            caught.append(question)
            return super().request(item, question, *rest, **named)

    async def note(request: Any) -> Any:
        caught.append(request)
        raise _Seen

    brief = Brief(**{name: getattr(rater.brief, name) for name in rater.brief.__dataclass_fields__})
    with suppress(_Seen):
        await rater.elicitation.one(brief, ShownItem("0", "so happy"), note)
    return caught[0], caught[1]


async def _all(rater: Any, texts: Sequence[str], at_once: int) -> None:
    import openai

    from annotation.model_raters.items import ShownItem

    question, request = await _parameters(rater)
    client = openai.AsyncOpenAI(
        base_url=rater.endpoint.url,
        api_key="none",
        max_retries=0,
        http_client=openai.DefaultAioHttpClient(timeout=60),
    )
    gate = asyncio.Semaphore(at_once)

    async def one(number: int, text: str) -> dict[str, float]:
        async with gate:
            messages = rater.brief.prompt.messages(
                ShownItem(str(number), text), question, perspective=rater.brief.perspective
            )
            answer = await client.chat.completions.create(
                model=rater.endpoint.model, messages=messages, extra_body=dict(request.extra), **request.parameters
            )
        found = answer.choices[0].logprobs
        assert found is not None
        assert found.content is not None
        return {t.token: math.exp(t.logprob) for t in found.content[0].top_logprobs}

    await asyncio.gather(*(one(number, text) for number, text in enumerate(texts)))
    await client.close()
