"""Made-up soft labels that teach how to read the drawings. They say so on the page."""

from __future__ import annotations

from chorale.web.softlabels import SoftLabelView, view
from harmonize import schemes


def gallery() -> list[tuple[str, str, SoftLabelView]]:
    """(title, explanation, drawing) of each kind."""
    ekman, vad, strengths = schemes.load("ekman-6-neutral"), schemes.load("vad-9"), schemes.load("brighter-6")
    go = schemes.load("goemotions-28")
    shares: list[float | None] = [0.0] * len(go.names)
    for name, value in (("joy", 0.8), ("gratitude", 0.6), ("surprise", 0.2)):
        shares[go.code(name)] = value
    seven = {"joy": 0.6, "surprise": 0.4}
    votes: list[float | None] = [seven.get(n, 0.0) for n in ekman.names]
    belief: list[float | None] = [0.93 if n == "joy" else 0.07 / (len(ekman.names) - 1) for n in ekman.names]
    masked: list[float | None] = [
        None if n in ("disgust", "surprise") else v for n, v in zip(ekman.names, votes, strict=True)
    ]
    return [
        (
            "Distribution",
            "One choice a rater. The bars sum to 1.",
            view(ekman, votes, semantics="distribution", n=5, entropy=0.97, perspective="reader"),
        ),
        (
            "Proportions",
            "Any number of labels a rater. Each bar is the share of raters who marked it; they need not sum to 1.",
            view(go, shares, semantics="proportions", n=5, perspective="reader"),
        ),
        (
            "Posterior",
            "A belief about one latent truth, or a model's confidence. Outlined, so that nobody takes it for votes.",
            view(ekman, belief, semantics="posterior", perspective="reader"),
        ),
        (
            "Dimension",
            "The mean on the scheme's own range, with one standard deviation over raters on each side.",
            view(vad, [6.8, 4.4, 5.9], semantics="dimension", spread=[1.1, 1.6, 0.8], n=10, perspective="writer"),
        ),
        (
            "Intensity",
            "The mean strength over raters, from absent to the scheme's strongest level.",
            view(
                strengths,
                [0.4, 0.0, 0.2, 2.4, 0.0, 1.0][: len(strengths.names)],
                semantics="intensity",
                n=5,
                perspective="writer",
            ),
        ),
        (
            "Masked",
            "The source could not say these labels. Unknown is hatched; it is never 0.",
            view(ekman, masked, semantics="distribution", n=3, entropy=0.97),
        ),
    ]
