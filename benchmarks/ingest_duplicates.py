"""`ingest.duplicates`: near duplicates against datasketch's MinHashLSH at the same recall, measured by brute force."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.ingest_corpus import texts
from benchmarks.paired import FOLDER, row, seconds
from benchmarks.peer_environment import peer_python
from harmonize.corpora.duplicates import near_duplicates
from harmonize.corpora.shingles import shingled

THRESHOLD = 0.8
PEER = """
import json, sys, time
from datasketch import MinHash, MinHashLSH
texts, keep = json.load(open(sys.argv[1])), sys.argv[3] == "keep"
start = time.perf_counter()
lsh = MinHashLSH(threshold=0.8, params=(20, 5), num_perm=100)
pairs = []
for number, text in enumerate(texts):
    mark = MinHash(num_perm=100)
    mark.update_batch({text[i:i + 5].encode() for i in range(max(len(text) - 4, 1))})
    found = lsh.query(mark)
    if keep:
        pairs += [(other, number) for other in found]
    lsh.insert(number, mark)
spent = time.perf_counter() - start
json.dump({"seconds": spent, "pairs": pairs}, open(sys.argv[2], "w"))
"""


def duplicates(large: int, small: int) -> list[dict[str, Any]]:
    """Speed on ``large`` texts, recall of both on ``small`` ones where every pair is compared.

    The peer takes some 20 minutes for a million texts, and so runs once there; a tenth is run thrice for the spread.
    """
    few = texts(min(small, 20_000), alike=0.3)
    true = _all_pairs(few)
    ours = {(match.first, match.second) for match in near_duplicates(few, threshold=THRESHOLD).matches}
    theirs = {tuple(pair) for pair in _peer(few, keep=True)["pairs"]}
    facts = {"recall": _share(ours, true), "recall_peer": _share(theirs, true)}
    sizes = {"ingest.duplicates": (large, 1), "ingest.duplicates.tenth": (max(large // 10, 1000), 3)}
    return [
        row(claim, "datasketch MinHashLSH, same bands (speed, target 1)", _speeds(*size), texts=size[0], **facts)
        for claim, size in sizes.items()
    ]


def _speeds(count: int, runs: int) -> list[tuple[float, float]]:
    many = texts(count, seed=5, alike=0.3)
    return [(_peer(many)["seconds"], seconds(lambda: near_duplicates(many, threshold=THRESHOLD))) for _ in range(runs)]


def _share(found: set[Any], true: set[tuple[int, int]]) -> float:
    return len(found & true) / max(len(true), 1)


def _all_pairs(few: list[str], block: int = 500) -> set[tuple[int, int]]:
    """Every pair at or above the threshold: shared shingles of all pairs, by products of 0/1 matrices."""
    shingles = shingled(few)
    _, words = np.unique(shingles.hashes, return_inverse=True)
    ones = np.ones(len(words), dtype=np.float32)
    marks = sparse.csr_array((ones, words, shingles.starts), shape=(len(few), int(words.max()) + 1))
    sizes = np.diff(shingles.starts)
    found: set[tuple[int, int]] = set()
    for start in range(0, len(few), block):
        shared = (marks[start : start + block] @ marks.T).tocoo()
        one, other = shared.row + start, shared.col
        alike = shared.data >= THRESHOLD * (sizes[one] + sizes[other] - shared.data)
        keep = alike & (one < other)
        found.update(zip(one[keep].tolist(), other[keep].tolist(), strict=True))
    return found


def _peer(found: list[str], *, keep: bool = False) -> dict[str, Any]:
    """Its seconds, and the pairs it proposes where they are kept: unverified, they can be more than memory holds."""
    given, told = FOLDER / "texts.json", FOLDER / "pairs.json"
    given.write_text(json.dumps(found), encoding="utf-8")
    command = [str(peer_python("datasketch")), "-c", PEER, str(given), str(told), "keep" if keep else "count"]
    subprocess.run(command, check=True)  # noqa: S603
    return dict(json.loads(Path(told).read_text(encoding="utf-8")))
