"""`manage.py demo`: the whole road on the shipped samples; writes build/demo/summary.json."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chorale.jobs.demo import PASSWORD, Demo
from harmonize.problems import ChoraleError


class Command(BaseCommand):
    """Walk the road on the sample corpora; running it again changes nothing."""

    help = "Import the samples, pre-label, collect ratings in Label Studio, measure, harmonize and release."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to write the summary, and who does the work."""
        parser.add_argument("--here", action="store_true", help="work the jobs in this process, without workers")
        parser.add_argument("--out", type=Path, default=Path(settings.ROOT) / "build" / "demo" / "summary.json")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every step, print it as it ends, then the summary."""
        try:
            summary = Demo(say=self._say, here=options["here"]).run()
        except ChoraleError as error:
            raise CommandError(f"{error.message} {error.fix}".strip()) from error
        options["out"].parent.mkdir(parents=True, exist_ok=True)
        options["out"].write_text(json.dumps(summary, indent=2, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
        self._tell(summary, options["out"])

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _tell(self, summary: dict[str, Any], path: Path) -> None:
        counts = summary["counts"]
        told = [
            "",
            f"Items {counts['items']}, judgments {counts['judgments']}, raters {counts['raters']}",
            *(_agreement(figure) for figure in summary["agreement"]),
            f"Release   {summary['release']['folder']}",
            f"Summary   {path}",
            f"Web       {summary['web']}",
            f"Logins    {', '.join(summary['logins'])} (password of each: {PASSWORD})",
        ]
        self._say("\n".join(told))


def _agreement(figure: dict[str, Any]) -> str:
    name = f"Agreement {figure['scope']}, {figure['scheme']} ({figure['figure']})"
    if figure["value"] is None:
        return f"{name}: undefined, {figure['reason']}"
    return f"{name}: alpha {figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}], {figure['units']} items"
