"""What an endpoint can truly do, found with real requests, since servers drop features silently."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import wave
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from PIL import Image

from annotation.model_raters.abilities import Abilities, Ability
from annotation.model_raters.chat import ChatAnswer, ChatRequest, ItemFailure
from annotation.model_raters.endpoint import Endpoint
from annotation.model_raters.limiter import Limiter
from annotation.model_raters.logprobs import top_tokens
from annotation.model_raters.probe_tokens import label_strings, token_ids
from annotation.model_raters.transport import Transport
from harmonize.problems import ChoraleError

Ask = Callable[..., Awaitable[ChatAnswer]]
# Every JSON grammar allows white space, and a weak model may write nothing else until its tokens are spent.
SPACED = "fills its answer with white space (vLLM: disable_any_whitespace in --structured-outputs-config)"
ODD = 40817  # a number that no model says of itself
HOT = 1.5  # temperature at which two draws with different seeds should differ


def probe(endpoint: Endpoint) -> Abilities:
    """Ask the endpoint some twenty small questions. Raises only where it cannot be used at all (key, model)."""
    return asyncio.run(probe_endpoint(endpoint))


async def probe_endpoint(endpoint: Endpoint) -> Abilities:
    """`probe` inside an event loop."""
    async with Transport(endpoint, limiter=Limiter(start=4, high=4), pause=0.2) as transport:
        serial = iter(range(10_000))

        async def ask(messages: Any = "Say yes or no.", extra: Any = None, **parameters: Any) -> ChatAnswer:
            if isinstance(messages, str):
                messages = [{"role": "user", "content": messages}]
            item = f"probe-{next(serial)}"  # a key of its own each time: repeats must reach the server
            return await transport.ask(
                ChatRequest(item, "probe", tuple(messages), {"max_tokens": 8, **parameters}, extra or {})
            )

        try:
            chat = await _chat(ask)
        except ItemFailure as failure:
            chat = Ability(False, failure.what)
        if not chat.works:
            return Abilities({"chat": chat})
        found = {name: await _seen(check, ask) for name, check in _CHECKS.items()}
        found["token_ids"] = await token_ids(transport, ask)
        return Abilities({"chat": chat, **found, "context": await _context(transport, endpoint)})


async def _seen(check: Callable[[Ask], Awaitable[Ability]], ask: Ask) -> Ability:
    """Run one check; a refused request is a no with the server's words."""
    try:
        return await check(ask)
    except ItemFailure as failure:
        return Ability(False, failure.what)
    except ChoraleError as refused:  # the plain chat worked, so this is about the feature
        return Ability(False, refused.message)


async def _chat(ask: Ask) -> Ability:
    answer = await ask(temperature=0)
    content = answer.choices[0].get("message", {}).get("content")
    return Ability(isinstance(content, str), f"answered {str(content)[:40]!r}")


async def _logprobs(ask: Ask) -> Ability:
    refusal = ""
    for wanted in (20, 5):
        try:
            tokens = top_tokens(await ask(temperature=0, logprobs=True, top_logprobs=wanted, max_tokens=1))
        except ItemFailure as failure:
            refusal = failure.what
        except ChoraleError as silent:
            return Ability(False, silent.message)
        else:
            return Ability(True, f"{len(tokens)} of {wanted} asked came back", len(tokens))
    return Ability(False, refusal)


async def _n(ask: Ask) -> Ability:
    got = len((await ask(n=3, temperature=1.0)).choices)
    return Ability(got == 3, f"{got} of 3 alternatives came back", got)


async def _seed(ask: Ask) -> Ability:
    """Equal seeds must agree; different seeds must differ somewhere, else nothing was shown."""
    question = "Name one emotion, at random."
    same = [(await ask(question, seed=7, temperature=HOT)).text for _ in range(3)]
    other = [(await ask(question, seed=seed, temperature=HOT)).text for seed in range(11, 17)]
    if len(set(same)) > 1:
        return Ability(False, "equal seeds gave different answers")
    if not set(other) - set(same):
        return Ability(None, "every seed gave the same answer: nothing can be told")
    return Ability(True, "equal seeds agreed, different seeds differed")


async def _json_schema(ask: Ask) -> Ability:
    """A schema that no model would meet by chance, against a question that does not mention it.

    The key alone proves little: some servers keep to the shape of a schema and let any value stand.
    """
    schema = {
        "type": "object",
        "properties": {"q7": {"type": "integer", "enum": [ODD]}},
        "required": ["q7"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "probe", "strict": True, "schema": schema}}
    answer = await ask("Say hello.", response_format=form, temperature=0, max_tokens=60)
    text = answer.text
    try:
        said = json.loads(text)
    except ValueError:
        written = "".join(text.split())
        if not answer.finished and len(written) > 1 and f'{{"q7":{ODD}}}'.startswith(written):
            return Ability(False, f"keeps to the schema but {SPACED}: answered {text[:20]!r}")
        return Ability(False, f"ignored the schema: answered {text[:60]!r}")
    if not isinstance(said, dict) or set(said) != {"q7"}:
        return Ability(False, f"ignored the schema: answered {text[:60]!r}")
    if said["q7"] != ODD:
        return Ability(False, f"keeps to the schema's names but not to its values: answered {text[:60]!r}")
    return Ability(True, f"answered {text[:60]!r}")


async def _images(ask: Ask) -> Ability:
    part = {"type": "image_url", "image_url": {"url": _picture()}}
    return await _medium(ask, part)


async def _audio(ask: Ask) -> Ability:
    part = {"type": "input_audio", "input_audio": {"data": _sound(), "format": "wav"}}
    return await _medium(ask, part)


async def _medium(ask: Ask, part: Mapping[str, Any]) -> Ability:
    """A part that is taken in costs prompt tokens; one that is dropped costs none."""
    text = {"type": "text", "text": "What is this?"}
    plain = _prompt_tokens(await ask([{"role": "user", "content": [text]}]))
    given = _prompt_tokens(await ask([{"role": "user", "content": [text, part]}]))
    if plain is None or given is None:
        return Ability(None, "accepted, but the server counts no prompt tokens: nothing can be told")
    return Ability(given > plain, f"{given - plain} prompt tokens for it", given - plain)


async def _context(transport: Transport, endpoint: Endpoint) -> Ability:
    """The model's context length, where the server tells it (`max_model_len` of vLLM and others)."""
    listed = await transport.models()
    for row in listed:
        if row.get("id") == endpoint.model:
            length = row.get("max_model_len") or row.get("context_length") or (row.get("meta") or {}).get("n_ctx_train")
            told = f"the server says {length}" if length else "the server does not tell it"
            return Ability(bool(length) or None, told, int(length) if length else None)
    return Ability(None, "the server does not list the model")


def _prompt_tokens(answer: ChatAnswer) -> int | None:
    count = (answer.body.get("usage") or {}).get("prompt_tokens")
    return None if count is None else int(count)


def _picture() -> str:
    buffer = io.BytesIO()
    Image.new("RGB", (224, 224), (220, 30, 30)).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _sound() -> str:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sink:
        sink.setparams((1, 2, 16_000, 0, "NONE", ""))
        sink.writeframes(b"\x00\x10" * 4_000)
    return base64.b64encode(buffer.getvalue()).decode()


_CHECKS: Mapping[str, Callable[[Ask], Awaitable[Ability]]] = {
    "logprobs": _logprobs,
    "label_strings": label_strings,
    "n": _n,
    "seed": _seed,
    "json_schema": _json_schema,
    "images": _images,
    "audio": _audio,
}
