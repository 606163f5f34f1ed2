"""Which language a text is in, by py3langid: naive Bayes over byte n-grams, its model of 97 languages in the package.

Lui and Baldwin 2012, langid.py. Chosen since it needs numpy alone, calls no other host and knows Afrikaans and Algerian
Arabic's script as well as English; docs/methods.md has what it gets right on short texts.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

UNKNOWN = "und"
FEWEST = 3  # letters of a text that can be told at all


class Language(NamedTuple):
    """The likeliest language, ISO 639-1 ("und": too short to tell), and how sure the model is, 0..1."""

    code: str
    certainty: float


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]  # a second to load

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_of(text: str) -> Language:
    """The language of a text. Addresses, handles and markup tell nothing of it and should be masked before."""
    if sum(map(str.isalpha, text)) < FEWEST:
        return Language(UNKNOWN, 0.0)
    code, certainty = _model().classify(text)
    return Language(str(code), round(float(certainty), 4))
