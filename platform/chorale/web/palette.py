"""Which family of feelings a label belongs to, and so its colour. For the eye only: no number depends on it."""

from __future__ import annotations

from functools import cache

from harmonize.schemes import Label, Scheme

DEEP = 8  # tiers to look up at most

FAMILIES: dict[str, tuple[str, ...]] = {
    "joy": ("joy", "happiness", "happy", "amusement", "excitement", "pride", "relief", "contentment", "serenity",
            "ecstasy", "elation", "fun", "enthusiasm", "awe", "optimism", "delight"),
    "affection": ("love", "caring", "desire", "gratitude", "affection", "tenderness", "longing", "submission"),
    "anticipation": ("anticipation", "interest", "vigilance", "curiosity", "expectancy", "aggressiveness"),
    "trust": ("trust", "admiration", "approval", "acceptance", "positive", "very positive"),
    "surprise": ("surprise", "amazement", "distraction", "realization", "confusion", "wonder", "ambiguous",
                 "astonishment"),
    "sadness": ("sadness", "sad", "grief", "disappointment", "remorse", "embarrassment", "pensiveness", "guilt",
                "shame", "boredom"),
    "fear": ("fear", "nervousness", "terror", "apprehension", "anxiety", "worry"),
    "disgust": ("disgust", "loathing", "contempt", "envy"),
    "anger": ("anger", "angry", "annoyance", "disapproval", "rage", "hatred", "hate", "negative", "very negative"),
    "neutral": ("neutral", "no emotion", "none", "calm"),
    "valence": ("valence", "pleasure", "v"),
    "arousal": ("arousal", "a"),
    "dominance": ("dominance", "d"),
}  # fmt: skip


@cache
def family(label: str) -> str:
    """The family of a label by its id or name; "other" where none is known.

    >>> family("annoyance"), family("Joy"), family("aespa")
    ('anger', 'joy', 'other')
    """
    word = label.strip().lower().replace("_", " ").replace("-", " ")
    for name, words in FAMILIES.items():
        if word in words:
            return name
    return "other"


def of_label(label: Label, scheme: Scheme) -> str:
    """The family of a label by its id, its name, or the nearest label above it that has one."""
    at: Label | None = label
    for _ in range(DEEP):
        if at is None:
            break
        for word in (at.id, at.name):
            if (known := family(word)) != "other":
                return known
        at = scheme.label(at.parent) if at.parent else None
    return "other"


def token(label: str) -> str:
    """The name of the theme's colour for a label; charts look it up when they draw."""
    return f"--em-{family(label)}"
