"""How much memory may be taken by what needs all votes of a layer at once, and the refusal where it would be more.

What is made block by block takes the same however long a layer is. The rest takes a number of bytes a judgment and a
number for each cell of items by labels: bounds, a tenth above the most measured at 50,000 to 200,000 judgments of
single labels (4 and 28), sets (6 and 28) and numbers. What fits is made; what does not is refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from harmonize.problems import ChoraleError

VERDICTS = "verdicts"
VOTES = (60, 0)  # the votes themselves, while their blocks are joined: bytes a judgment, bytes a cell
NEEDS: dict[str, tuple[int, int]] = {
    "dirichlet": (20, 100),
    "dawid-skene": (90, 55),
    "mace": (70, 110),
    "glad": (210, 50),
    "z-scored": (80, 60),
    "evaluator-weighted": (90, 60),
    VERDICTS: (70, 115),
}
OTHER = (210, 115)


@dataclass(frozen=True)
class Size:
    """How much a layer holds."""

    judgments: int
    items: int
    labels: int

    def bytes_for(self, name: str) -> int:
        """The bound for one way beside the votes."""
        own = NEEDS.get(name, OTHER)
        each, cell = own[0] + VOTES[0], own[1] + VOTES[1]
        return self.judgments * each + self.items * self.labels * cell


def require(size: Size, name: str) -> None:
    """Raise ChoraleError `too-large` where a way would take more than ``SETTLE_MOST_BYTES``."""
    need, most = size.bytes_for(name), settings.SETTLE_MOST_BYTES
    if need <= most:
        return
    what = f"{name} may need {need / 1e9:.1f} GB for {size.judgments:,} judgments; {most / 1e9:.1f} GB are allowed."
    fix = "Settle a campaign or collection by itself, or raise CHORALE_SETTLE_MAX_BYTES on a larger machine."
    raise ChoraleError("too-large", what, fix)
