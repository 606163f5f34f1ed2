"""Parts made ahead come in order, once each, with what goes wrong; who stops early is not held up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from chorale.store.ahead import ahead


def test_the_next_part_is_made_while_one_is_used() -> None:
    made: list[int] = []

    def parts() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            yield number

    found = []
    for number in ahead(parts()):
        end = time.monotonic() + 5
        while len(made) < min(number + 2, 5) and time.monotonic() < end:
            time.sleep(0.001)
        assert len(made) == min(number + 2, 5)
        found.append(number)
    assert found == made == [0, 1, 2, 3, 4]


def test_an_error_comes_after_the_parts_before_it() -> None:
    def parts() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    running = ahead(parts())
    assert next(running) == 1
    with pytest.raises(ValueError, match="broken"):
        next(running)


def test_who_stops_early_does_not_wait() -> None:
    hold = threading.Event()

    def parts() -> Iterator[int]:
        yield 1
        hold.wait(30)

    running = ahead(parts())
    next(running)
    start = time.monotonic()
    running.close()
    assert time.monotonic() - start < 10
    hold.set()
