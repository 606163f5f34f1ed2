"""`python -m exports verify FOLDER [--recompute]` and `diff OLD NEW`: look at releases without a server."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from exports.verify import verify


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns 0 if the release is sound, 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m exports", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("verify", help="check every byte of a release against its manifest")
    check.add_argument("folder", type=Path)
    check.add_argument("--recompute", action="store_true", help="recompute every figure from the Parquet files too")
    compare = commands.add_parser("diff", help="what changed between two releases")
    compare.add_argument("before", type=Path)
    compare.add_argument("after", type=Path)
    chosen = parser.parse_args(arguments)
    if chosen.command == "diff":
        from exports.diff import diff, markdown

        print(markdown(diff(chosen.before, chosen.after)))
        return 0
    report = verify(chosen.folder)
    print(report)
    if chosen.recompute and report.ok:
        from exports.recompute import recompute

        again = recompute(chosen.folder)
        print(again)
        return 0 if again.ok else 1
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
