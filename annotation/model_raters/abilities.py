"""What an endpoint can do, as its probe found it, and the refusal of what it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from harmonize.problems import ChoraleError


@dataclass(frozen=True, slots=True)
class Ability:
    """Whether a feature works: yes, no, or unknown; ``amount`` where it has one; ``evidence`` is what was seen;
    ``detail`` what a job needs to make use of it."""

    works: bool | None
    evidence: str
    amount: int | None = None
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Abilities:
    """One `Ability` a feature: chat, logprobs, label_strings, token_ids, n, seed, json_schema, images, audio and
    context."""

    found: Mapping[str, Ability]

    def require(self, needs: frozenset[str], *, logprobs: int = 0) -> None:
        """Raise ChoraleError `endpoint-cannot` naming every need that is not met, with what the probe saw."""
        lacking = [
            f"{name} ({self.found[name].evidence.rstrip('.') if name in self.found else 'not tried'})"
            for name in sorted({"chat", *needs})
            if name not in self.found or not self.found[name].works
        ]
        amount = self.found["logprobs"].amount if "logprobs" in self.found else None
        if not lacking and logprobs and (amount or 0) < logprobs:
            lacking = [f"logprobs ({amount} of the {logprobs} that are needed)"]
        if lacking:
            raise ChoraleError(
                "endpoint-cannot",
                f"The endpoint cannot do what is needed: {'; '.join(lacking)}.",
                "Choose another endpoint or another way of asking.",
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain nested dictionary, for JSON."""
        rows = {name: asdict(ability) for name, ability in self.found.items()}
        return {name: {k: v for k, v in row.items() if k != "detail" or v} for name, row in rows.items()}

    @staticmethod
    def from_dict(stored: Mapping[str, Any]) -> Abilities:
        """Inverse of `to_dict`."""
        return Abilities({name: Ability(**row) for name, row in stored.items()})
