"""Whether an endpoint scores the tokens of an answer it is given, and reads off the tokens it is told to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from annotation.model_raters.abilities import Ability
from annotation.model_raters.chat import ChatAnswer, ItemFailure
from annotation.model_raters.label_strings import GOING_ON, scored, string_masses
from annotation.model_raters.logprobs import top_tokens
from annotation.model_raters.questions import LETTERS
from annotation.model_raters.transport import Transport
from harmonize.problems import ChoraleError

Ask = Callable[..., Awaitable[ChatAnswer]]
WORDS = ("yes", "no", "none of these")


async def label_strings(ask: Ask) -> Ability:
    """Three answers of different length are scored: their tokens differ, and their probabilities sum to at most 1."""
    question = {"role": "user", "content": "Say yes or no."}
    answers = []
    for word in WORDS:
        messages = [question, {"role": "assistant", "content": word}]
        answers.append(await ask(messages, extra=GOING_ON, temperature=0, max_tokens=1))
    mass = string_masses([scored(answer) for answer in answers], tuple(answer.key for answer in answers))
    told = ", ".join(f"{word} {share:.2g}" for word, share in zip(WORDS, mass, strict=True))
    return Ability(True, f"scored {told}")


async def token_ids(transport: Transport, ask: Ask) -> Ability:
    """Every letter is one token to the server, and the server gives back the probabilities of exactly these tokens."""
    ids: dict[str, list[int]] = {}
    for letter in LETTERS:
        found = [tokens[0] for text in (letter, f" {letter}") if len(tokens := await transport.tokens(text)) == 1]
        if not found:
            return Ability(
                False, f"no /tokenize, or {letter} is not one token" if not ids else f"{letter} is not one token"
            )
        ids[letter] = sorted(set(found))
    wanted = [one for found in ids.values() for one in found]
    try:
        answer = await ask(temperature=0, max_tokens=1, logprobs=True, extra={"logprob_token_ids": wanted})
        told = {token.strip() for token, _ in top_tokens(answer)}
    except ItemFailure as failure:
        return Ability(False, failure.what)
    except ChoraleError as silent:
        return Ability(False, silent.message)
    came = sum(letter in told for letter in LETTERS)
    if came < len(LETTERS):
        return Ability(False, f"{came} of {len(LETTERS)} letters asked for by id came back", came)
    return Ability(True, f"{came} letters asked for by id came back", came, {"ids": ids})
