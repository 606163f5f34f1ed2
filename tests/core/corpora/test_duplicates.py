"""Near duplicates against brute force, and groups that do not run away."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonize.corpora.duplicates import near_duplicates
from harmonize.corpora.identity import normalised
from harmonize.corpora.shingles import WIDTH, jaccard, shingled, signatures

WORDS = [
    "harbour", "letter", "morning", "never", "window", "because", "grandmother", "train", "quiet", "orange",
    "promise", "kitchen", "weather", "laughing", "forgotten", "bicycle", "tomorrow", "silver", "garden", "almost",
]  # fmt: skip


def by_definition(one: str, other: str) -> float:
    """Jaccard similarity of the sets of n-grams, by the definition."""
    sets = []
    for text in (one, other):
        text = normalised(text).ljust(WIDTH, "\0")
        sets.append({text[i : i + WIDTH] for i in range(len(text) - WIDTH + 1)})
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def varied(count: int, seed: int) -> list[str]:
    """Sentences of which a third are slight changes of earlier ones."""
    rng = random.Random(seed)
    texts: list[str] = []
    for _ in range(count):
        if texts and rng.random() < 0.35:
            words = rng.choice(texts).split()
            words[rng.randrange(len(words))] = rng.choice(WORDS)
            texts.append(" ".join(words))
        else:
            texts.append(" ".join(rng.choices(WORDS, k=rng.randint(6, 24))))
    return texts


@given(st.lists(st.text(max_size=30), min_size=2, max_size=6))
@settings(max_examples=200, deadline=None)
def test_similarity_is_the_definition_s(texts: list[str]) -> None:
    shingles = shingled(texts)
    for one, other in combinations(range(len(texts)), 2):
        assert jaccard(shingles.of(one), shingles.of(other)) == by_definition(texts[one], texts[other])


def test_nearly_every_pair_that_brute_force_finds_is_found_and_no_other() -> None:
    texts = varied(500, seed=3)
    true = {(i, j) for i, j in combinations(range(len(texts)), 2) if by_definition(texts[i], texts[j]) >= 0.8}
    found = {(match.first, match.second) for match in near_duplicates(texts).matches}
    assert found <= true
    assert len(true) > 40
    assert len(found) >= 0.98 * len(true)


@pytest.mark.parametrize("threshold", [0.4, 0.6])
def test_a_lower_threshold_is_searched_as_well(threshold: float) -> None:
    texts = varied(400, seed=4)
    true = {(i, j) for i, j in combinations(range(len(texts)), 2) if by_definition(texts[i], texts[j]) >= threshold}
    found = {(match.first, match.second) for match in near_duplicates(texts, threshold=threshold).matches}
    assert found <= true
    assert len(true) > 40
    assert len(found) >= 0.97 * len(true)


def test_signatures_agree_as_often_as_the_sets_are_alike() -> None:
    texts = varied(60, seed=5)
    marks, shingles = signatures(shingled(texts), 2000), shingled(texts)
    for one, other in combinations(range(0, 60, 7), 2):
        expected = jaccard(shingles.of(one), shingles.of(other))
        assert abs(float(np.mean(marks[one] == marks[other])) - expected) < 0.05


def test_a_chain_of_small_steps_does_not_become_one_heap() -> None:
    words = [f"word{i:03}" for i in range(60)]
    chain = [" ".join(words[step : step + 40]) for step in range(0, 20, 2)]
    groups = near_duplicates(chain, threshold=0.85)
    assert groups.matches
    for leader, members in groups.members().items():
        assert all(by_definition(chain[leader], chain[member]) >= 0.85 for member in members)
    assert len(set(groups.leader.tolist())) > 1


def test_case_spacing_and_width_are_no_difference_and_short_texts_are_told_apart() -> None:
    groups = near_duplicates(["Hello  World", "hello world", "ＨＥＬＬＯ world", "ok", "OK", "no", ""])
    assert groups.leader.tolist() == [0, 0, 0, 3, 3, 5, 6]
    assert near_duplicates([]).matches == []


def test_a_thousand_copies_are_one_group() -> None:
    groups = near_duplicates(["the same words over and over"] * 1000 + ["something else entirely, in the end"])
    assert set(groups.leader[:1000].tolist()) == {0}
    assert groups.leader[1000] == 1000


def test_texts_hashed_in_blocks_give_the_same_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = varied(120, seed=9)
    whole = near_duplicates(texts)
    monkeypatch.setattr("harmonize.corpora.duplicates.BLOCK", 7)
    again = near_duplicates(texts)
    assert again.matches == whole.matches != []
    assert (again.leader == whole.leader).all()
