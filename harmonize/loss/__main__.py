"""`python -m harmonize.loss`: the loss figures of every shipped crosswalk, as a Markdown table.

With `--goemotions FOLDER` (the published train, dev and test tables) the crosswalks from GoEmotions are also measured
on the corpus, with intervals; without it every source label weighs alike. `--judgments FILE` measures the crosswalks
that start from the labels of a Parquet file of judgments.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from pathlib import Path

import pyarrow.parquet as pq

from harmonize import crosswalks, schemes
from harmonize.crosswalks import Crosswalk, CrosswalkKind
from harmonize.loss.report import LossReport, loss_report
from harmonize.loss.rescaling import rescale_loss
from harmonize.loss.sets import FIGURES, SetLoss
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind

COLUMNS = ("coverage", "unmapped", "one-to-many", "H(Y)", "I(Y;Z)", "kept", "H(Y given Z)", "round trip JSD")
HEAD = f"| crosswalk | status | base rates | {' | '.join(COLUMNS)} |"
RESCALED = (
    "| rescaling | status | coverage | outside | RMSE there and back | variance kept | RMSE at the target's steps "
    "| variance kept at its steps |"
)
SETS = "| crosswalk | sets | distinct | H(S) | H(T) | H(S given T) | Miller-Madow | emptied |"


def rows(goemotions: Path | None) -> Iterator[str]:
    """The lines of the table: shipped label crosswalks with even base rates, then those measured on the corpus."""
    yield HEAD
    yield "|" + "---|" * (HEAD.count("|") - 1)
    labelled = [c for c in crosswalks.shipped() if c.kind == CrosswalkKind.LABELS]
    for crosswalk in labelled:
        yield line(crosswalk, loss_report(crosswalk))
    yield from rescalings()
    if goemotions is None:
        return
    judgments = read_goemotions(goemotions)
    yield ""
    yield from measured([(c, loss_report(c, judgments)) for c in labelled if c.source_labels.id == "goemotions-28"])


def measured(reports: Sequence[tuple[Crosswalk, LossReport]]) -> Iterator[str]:
    """The table of crosswalks measured on a corpus, and that of whole label sets where answers are sets."""
    yield HEAD
    yield "|" + "---|" * (HEAD.count("|") - 1)
    for crosswalk, report in reports:
        yield line(crosswalk, report)
    if all(report.sets is None for _, report in reports):
        return
    yield ""
    yield SETS
    yield "|" + "---|" * (SETS.count("|") - 1)
    for crosswalk, report in reports:
        yield set_line(crosswalk, report.sets)


def rescalings() -> Iterator[str]:
    """The table of the shipped changes of range."""
    yield ""
    yield RESCALED
    yield "|" + "---|" * (RESCALED.count("|") - 1)
    for crosswalk in crosswalks.shipped():
        if crosswalk.kind == CrosswalkKind.RESCALE:
            shown = " | ".join(f"{figure:.3f}" for figure in astuple(rescale_loss(crosswalk)))
            yield f"| {crosswalk.ref} | {crosswalk.status} | {shown} |"


def set_line(crosswalk: Crosswalk, sets: SetLoss | None) -> str:
    """One line of the second table: bits about a whole label set."""
    if sets is None:
        return f"| {crosswalk.ref} | no sets |"
    shown = " | ".join(_with_interval(sets, name) for name in (*FIGURES[:3], "miller_madow", FIGURES[3]))
    return f"| {crosswalk.ref} | {sets.judgments} | {sets.distinct} to {sets.distinct_mapped} | {shown} |"


def _with_interval(sets: SetLoss, name: str) -> str:
    text = f"{getattr(sets, name):.3f}"
    if name not in sets.intervals:
        return text
    low, high = sets.intervals[name]
    return f"{text} ({low:.3f} to {high:.3f})"


def line(crosswalk: Crosswalk, report: LossReport) -> str:
    """One line of the table; intervals where there are items."""
    shown = []
    for figure in report.figures.values():
        text = "undefined" if figure.value is None else f"{figure.value:.3f}"
        if figure.low is not None and figure.high is not None:
            text += f" ({figure.low:.3f} to {figure.high:.3f})"
        shown.append(text)
    base = "even" if not report.items else f"corpus, n = {report.items}"
    return f"| {crosswalk.ref} | {crosswalk.status} | {base} | {' | '.join(shown)} |"


def read_goemotions(folder: Path) -> Judgments:
    """The published aggregate labels as one judgment an item (text, codes, id; tab-separated)."""
    names = schemes.load("goemotions-28").names
    ratings = []
    for split in ("train", "dev", "test"):
        for row in (folder / f"{split}.tsv").read_text(encoding="utf-8").splitlines():
            _, codes, item = row.split("\t")
            ratings.append((f"{split}/{item}", None, [names[int(code)] for code in codes.split(",")]))
    return Judgments.from_ratings(ratings, kind=Kind.SET, labels=names)


def rows_of(path: Path) -> Iterator[str]:
    """The same for a Parquet file of judgments (`Judgments.to_arrow`): every shipped crosswalk from its labels."""
    judgments = Judgments.from_arrow(pq.read_table(path))
    fitting = [c for c in crosswalks.shipped() if c.source_labels.names == judgments.labels]
    labelled = [c for c in fitting if c.kind == CrosswalkKind.LABELS]
    if not labelled:
        raise ChoraleError("loss-labels", f"No shipped crosswalk starts from {', '.join(judgments.labels[:8])} ...")
    yield from measured([(c, loss_report(c, judgments)) for c in labelled])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m harmonize.loss", description=__doc__)
    parser.add_argument("--goemotions", type=Path, default=None, help="folder with train.tsv, dev.tsv and test.tsv")
    parser.add_argument("--judgments", type=Path, default=None, help="a Parquet file as Judgments.to_arrow gives it")
    given = parser.parse_args(arguments)
    try:
        for text in rows(given.goemotions) if given.judgments is None else rows_of(given.judgments):
            print(text)
    except ChoraleError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
