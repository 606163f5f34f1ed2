"""The stages of a prompt that asks more than once about an item, as published pipelines do.

Stages that `tell` (translate, describe, ask oneself) or `label` come before the labelling itself, in order; those that
`verify` or `explain` come after it. A stage sees the answers of the stages that it reads, and of no others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from annotation.model_raters import templates
from harmonize.problems import ChoraleError

LABEL = "label"  # what the labelling itself is called where other stages read it
SEES = ("text", "context", "media")
BEFORE, AFTER = ("tell", "label"), ("verify", "explain")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Stage:
    """One more request about an item, with templates of its own.

    ``role``: "tell" (free text that others read), "label" (asked in the same way as the labelling, kept as the judgment
    of a rater of its own), "verify" (HOLDS or FAILS, and why; one that ``rejects`` turns the label into an abstention)
    or "explain" (a reason and the words that are the cause, as JSON). ``sees``: what is shown of the item.
    """

    id: str
    role: str
    system: str
    user: str
    reads: tuple[str, ...] = ()
    sees: tuple[str, ...] = SEES
    max_tokens: int = 400
    rejects: bool = True


def stage_from_dict(row: Mapping[str, Any]) -> Stage:
    """A stage from a file's values. Raises ChoraleError `prompt-stage`."""
    known = {"id", "role", "system", "user", "reads", "sees", "max_tokens", "rejects"}
    if (odd := set(row) - known) or (missing := {"id", "role", "user"} - set(row)):
        told = f"does not know {', '.join(sorted(odd))}" if odd else f"lacks {', '.join(sorted(missing))}"
        raise ChoraleError("prompt-stage", f"A stage {told}.", f"A stage has: {', '.join(sorted(known))}.")
    system, user = str(row.get("system", "")).strip(), str(row["user"]).strip()
    more: dict[str, Any] = {name: tuple(map(str, row[name])) for name in ("reads", "sees") if name in row}
    more |= {name: row[name] for name in ("max_tokens", "rejects") if name in row}
    return Stage(str(row["id"]), str(row["role"]), system, user, **more)


def stage_to_dict(stage: Stage) -> dict[str, Any]:
    """Inverse of `stage_from_dict`."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(stage).items()}


def ordered(stages: Sequence[Stage]) -> tuple[tuple[Stage, ...], tuple[Stage, ...]]:
    """Those that come before the labelling and those after it."""
    return tuple(s for s in stages if s.role in BEFORE), tuple(s for s in stages if s.role in AFTER)


def check_stages(stages: Sequence[Stage], reads: Sequence[str], sees: Sequence[str], *, repairs: int = 0) -> None:
    """Refuse (`prompt-stage`) unknown roles, double names, and stages that read what was not answered yet.

    ``reads`` and ``sees`` are those of the labelling itself, which may read a stage that verifies only where it is
    ``repairs`` times asked again.
    """
    before, after = ordered(stages)
    known: set[str] = set()
    for stage in (*before, None, *after):
        name = stage.id if stage else LABEL
        open_to = known | ({s.id for s in after if s.role == "verify"} if not stage and repairs else set())
        if stage and (stage.id in known | {LABEL} or not _NAME.fullmatch(stage.id)):
            raise ChoraleError("prompt-stage", f"'{stage.id}' names two stages or is no name.", "Use a-z, 0-9 and _.")
        if unread := set(stage.reads if stage else reads) - open_to:
            what = f"Stage {name} reads {', '.join(sorted(unread))}, which no earlier stage answers."
            raise ChoraleError("prompt-stage", what, "Reorder the stages, or mend the name.")
        if strange := set(stage.sees if stage else sees) - set(SEES):
            raise ChoraleError("prompt-stage", f"Stage {name} sees {', '.join(sorted(strange))}.", f"One of {SEES}.")
        known.add(name)
    for stage in stages:
        if stage.role not in BEFORE + AFTER:
            raise ChoraleError("prompt-stage", f"Stage {stage.id} has the role '{stage.role}'.", "See `Stage`.")
        if not isinstance(stage.max_tokens, int) or not 1 <= stage.max_tokens <= 32_000:
            raise ChoraleError("prompt-stage", f"Stage {stage.id} may write {stage.max_tokens} tokens.", "1 to 32000.")
        for source in (stage.system, stage.user):
            templates.compiled(source)
