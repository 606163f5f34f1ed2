"""Names that mean nothing outside one release: raters, authors and judgment keys under the release's own salt.

A hashed id is still personal data (SCIENCE rule 22). Judgment keys are salted like raters: keys that stayed the same
from release to release would join the pseudonyms of the same person across them.
"""

from __future__ import annotations

import hashlib

import pyarrow as pa

PERSON = "p-"


def pseudonym(key: str, *, salt: bytes, purpose: str, size: int = 8) -> str:
    """Hex of a keyed BLAKE2b of ``key`` (``size`` bytes; salt of at most 64 bytes); purposes give unrelated names."""
    return hashlib.blake2b(key.encode(), key=salt, person=purpose.encode(), digest_size=size).hexdigest()


def pseudonyms(column: pa.ChunkedArray, *, salt: bytes, purpose: str, prefix: str = "", size: int = 8) -> pa.Array:
    """A string column under pseudonyms; null stays null. Each distinct value is hashed once."""
    array = column.combine_chunks().dictionary_encode()
    names = [prefix + pseudonym(value, salt=salt, purpose=purpose, size=size) for value in array.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(array.indices, pa.array(names, pa.string())).cast(pa.string())


def released_keys(column: pa.ChunkedArray, *, salt: bytes) -> pa.Array:
    """Judgment keys of this release: 32 hex digits each, unrelated to those of any other release."""
    hashed = hashlib.blake2b
    keys = [
        hashed(value.encode(), key=salt, person=b"judgment", digest_size=16).hexdigest() for value in column.to_pylist()
    ]
    return pa.array(keys, pa.string())
