"""Names under a salt: one name for one key, another under another salt, and a way back for whoever holds it."""

from __future__ import annotations

import hashlib
import uuid

import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from exports.pseudonyms import pseudonyms, released_keys

SALT, OTHER = b"s" * 32, b"t" * 32
KEYS = [str(uuid.uuid5(uuid.NAMESPACE_URL, str(i))) for i in range(500)]


def test_keys_are_unique_stable_and_salted() -> None:
    column = pa.chunked_array([KEYS[:100], KEYS[100:]])
    found = released_keys(column, salt=SALT)[0].to_pylist()
    assert len(set(found)) == 500
    assert all(len(key) == 32 for key in found)
    assert released_keys(pa.chunked_array([KEYS[::-1]]), salt=SALT)[0].to_pylist() == found[::-1]
    assert released_keys(pa.chunked_array([pa.array(KEYS).slice(17, 40)]), salt=SALT)[0].to_pylist() == found[17:57]
    assert set(released_keys(column, salt=OTHER)[0].to_pylist()).isdisjoint(found)


def test_whoever_holds_the_salt_goes_back() -> None:
    key = hashlib.blake2b(b"", key=SALT, person=b"judgment", digest_size=32).digest()
    (released,) = released_keys(pa.chunked_array([[KEYS[7]]]), salt=SALT)[0].to_pylist()
    block = Cipher(AES(key), modes.ECB()).decryptor().update(bytes.fromhex(released))
    assert str(uuid.UUID(bytes=block)) == KEYS[7]


def test_keys_that_are_no_uuids() -> None:
    found = released_keys(pa.chunked_array([["a", "b", KEYS[0]]]), salt=SALT)[0].to_pylist()
    assert len(set(found)) == 3
    assert released_keys(pa.chunked_array([KEYS[:1]]), salt=SALT)[0].to_pylist() == found[2:]
    assert released_keys(pa.chunked_array([pa.array([], pa.string())]), salt=SALT)[0].to_pylist() == []


def test_a_name_for_each_purpose_and_null_for_null() -> None:
    column = pa.chunked_array([["r1", None, "r2", "r1"]])
    raters = pseudonyms(column, salt=SALT, purpose="rater", prefix="p-").to_pylist()
    authors = pseudonyms(column, salt=SALT, purpose="author", prefix="p-").to_pylist()
    assert raters[0] == raters[3] != raters[2]
    assert raters[1] is None
    assert set(raters) & set(authors) == {None}
