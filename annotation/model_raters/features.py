"""Texts as sparse TF-IDF rows of word and character n-grams, fitted once and stored without pickle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

_ANALYSERS: tuple[dict[str, Any], ...] = (
    {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"(?u)\w+|[^\w\s]"},
    {"analyzer": "char_wb", "ngram_range": (2, 5)},
)


@dataclass(frozen=True, eq=False)
class TextFeatures:
    """A fitted pair of vectorisers, words and characters (F features together).

    The vectorisers learn from texts alone, never from votes, so one pair serves every fold.
    """

    parts: tuple[TfidfVectorizer, ...]

    @staticmethod
    def fit(texts: Sequence[str], *, limit: int) -> TextFeatures:
        """Fit on ``texts``, keeping the ``limit`` most frequent n-grams of each kind."""
        from sklearn.feature_extraction.text import TfidfVectorizer  # scikit-learn takes seconds to load

        fitted = []
        for options in _ANALYSERS:
            rare = 2 if len(texts) >= 200 else 1
            vectoriser = TfidfVectorizer(sublinear_tf=True, min_df=rare, max_features=limit, **options)
            fitted.append(vectoriser.fit(_shown(texts)))
        return TextFeatures(tuple(fitted))

    def rows(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """CSR float64[len(texts), F]; each half of a row has unit length, or is zero for an unknown text."""
        if not texts:
            return sparse.csr_matrix((0, sum(len(part.vocabulary_) for part in self.parts)))
        return sparse.csr_matrix(sparse.hstack([part.transform(_shown(texts)) for part in self.parts]))

    def to_arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """Plain arrays for `numpy.savez`: terms in column order and their inverse document frequencies."""
        arrays: dict[str, np.ndarray[Any, Any]] = {}
        for index, part in enumerate(self.parts):
            terms = sorted(part.vocabulary_, key=part.vocabulary_.__getitem__)
            arrays[f"terms{index}"] = np.frombuffer("\x00".join(terms).encode(), np.uint8)
            arrays[f"idf{index}"] = part.idf_
        return arrays

    @staticmethod
    def from_arrays(arrays: Any) -> TextFeatures:
        """Inverse of `to_arrays`."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        parts = []
        for index, options in enumerate(_ANALYSERS):
            terms = arrays[f"terms{index}"].tobytes().decode().split("\x00")
            vocabulary = {term: column for column, term in enumerate(terms)}
            part = TfidfVectorizer(sublinear_tf=True, vocabulary=vocabulary, **options)
            part.idf_ = arrays[f"idf{index}"]
            parts.append(part)
        return TextFeatures(tuple(parts))


def _shown(texts: Sequence[str]) -> list[str]:
    """Texts without the separator byte; an empty text still has one token, so that fitting never fails."""
    return [text.replace("\x00", " ") or "\N{EMPTY SET}" for text in texts]
