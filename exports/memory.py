"""Giving memory back between the parts of a build, so that one part's peak does not stand on what another freed."""

from __future__ import annotations

import ctypes

import pyarrow as pa


def give_back() -> None:
    """Return what is free to the system: Arrow's pool, and where the C library can (glibc) its heap."""
    pa.default_memory_pool().release_unused()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError, TypeError):
        return  # another C library: it keeps what it has
