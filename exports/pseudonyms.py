"""Names that mean nothing outside one release: raters, authors and judgment keys under the release's own salt.

A hashed id is still personal data (SCIENCE rule 22). Judgment keys are salted like raters: keys that stayed the same
from release to release would join the pseudonyms of the same person across them.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from exports.hex_keys import blocks

PERSON = "p-"


def pseudonym(key: str, *, salt: bytes, purpose: str, size: int = 8) -> str:
    """Hex of a keyed BLAKE2b of ``key`` (``size`` bytes; salt of at most 64 bytes); purposes give unrelated names."""
    return hashlib.blake2b(key.encode(), key=salt, person=purpose.encode(), digest_size=size).hexdigest()


def pseudonyms(column: pa.ChunkedArray, *, salt: bytes, purpose: str, prefix: str = "", size: int = 8) -> pa.Array:
    """A string column under pseudonyms; null stays null. Each distinct value is hashed once."""
    array = column.combine_chunks().dictionary_encode()
    names = [prefix + pseudonym(value, salt=salt, purpose=purpose, size=size) for value in array.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(array.indices, pa.array(names, pa.string())).cast(pa.string())


def released_keys(column: pa.ChunkedArray, *, salt: bytes) -> tuple[pa.Array, pa.Array]:
    """Judgment keys of this release: 32 hex digits each, unrelated to those of any other release; their upper halves.

    A key of 16 bytes (a uuid, or 16 bytes of BLAKE2b of any other text) is enciphered as one AES block under a key
    drawn from the salt: a permutation, so unique keys stay unique, and whoever holds the salt can go back.
    """
    cipher = Cipher(AES(hashlib.blake2b(b"", key=salt, person=b"judgment", digest_size=32).digest()), modes.ECB())  # noqa: S305
    keys = column.combine_chunks()
    plain, known = blocks(keys, widths=(36,))
    for row in np.flatnonzero(~known):
        plain[row] = np.frombuffer(hashlib.blake2b(keys[row].as_py().encode(), digest_size=16).digest(), dtype=np.uint8)
    enciphered = np.frombuffer(cipher.encryptor().update(plain.tobytes()), dtype=np.uint8)
    digits = _HEX[enciphered]  # two digits a byte
    offsets = np.arange(0, 32 * (len(column) + 1), 32, dtype=np.int32)
    texts = pa.StringArray.from_buffers(len(column), pa.py_buffer(offsets), pa.py_buffer(digits))
    return texts, pa.array(enciphered.view(">u8")[::2].astype(np.uint64))


_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), dtype=np.uint16)
