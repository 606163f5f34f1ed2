"""`manage.py prelabel letters goemotions-28 --perspective reader`: a model rater labels a collection."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from chorale.jobs.command import JobCommand
from chorale.jobs.kinds.prelabel import ENGINES
from chorale.store import lexicons
from harmonize.problems import ChoraleError

PLAIN = ("collection", "scheme", "perspective", "engine", "train_on", "max_training", "seed", "endpoint")
MEDIA = ("image_side", "frames", "audio_seconds")
GIVEN = ("prompt", "elicitation", "show_language", *MEDIA, "rater", "options", "calibration", "calibration_anyway")
BUDGETS = ("budget_requests", "budget_tokens", "budget_cost")


class Command(JobCommand):
    """Pre-label a collection."""

    help = "Let a model rater label a collection: a language model, a classifier, a lexicon, or a function of yours."
    kind = "prelabel"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Collection, scheme, perspective and the rater's options, beside those of every job."""
        parser.add_argument("collection", help="slug of the collection")
        parser.add_argument("scheme", help="scheme, id or id@version")
        parser.add_argument("--perspective", required=True)
        parser.add_argument("--engine", choices=ENGINES, default="auto")
        parser.add_argument("--train-on", nargs="*", default=[], metavar="CORPUS", help="default: the items' own")
        parser.add_argument("--max-training", type=int, default=0, help="most items to learn from (0: the default)")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--endpoint", default="", help="slug (default: CHORALE_LLM_URL and CHORALE_LLM_MODEL)")
        parser.add_argument("--prompt", default="", help='"id@version" or "id@version#hash"')
        parser.add_argument("--elicitation", type=json.loads, help='JSON, as {"name": "samples", "count": 10}')
        parser.add_argument("--show-language", action="store_true", help="name the item's language to the model")
        parser.add_argument("--image-side", type=int, default=0, help="show pictures, longer side in pixels (0: none)")
        parser.add_argument("--frames", type=int, default=0, help="frames shown of a video")
        parser.add_argument("--audio-seconds", type=int, default=0, help="seconds of sound that are played")
        parser.add_argument("--lexicon", type=Path, metavar="FILE", help="lines label,term,weight or label,/pattern/")
        parser.add_argument("--lexicon-version", default="1")
        parser.add_argument("--negators", nargs="*", default=[], metavar="WORD", help="words that silence a term")
        parser.add_argument("--rater", default="", help="an installed function rater")
        parser.add_argument("--options", type=json.loads, help="its options, JSON")
        parser.add_argument("--calibration", default="", help="speak through this map, fitted for the same rater")
        parser.add_argument("--calibration-anyway", action="store_true", help="even where it made the scores worse")
        parser.add_argument("--budget-requests", type=int, default=0, help="most requests to pay for (0: no limit)")
        parser.add_argument("--budget-tokens", type=int, default=0, help="most tokens to pay for (0: no limit)")
        parser.add_argument("--budget-cost", type=float, default=0.0, help="most money to spend (0: no limit)")
        parser.add_argument("--dry-run", type=int, default=0, metavar="N", help="ask about N items only and estimate")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """A dry run is a job of its own kind, which ends with its estimate."""
        self.kind = "dry_run" if options["dry_run"] else "prelabel"
        super().handle(*args, **options)

    def params(self, **options: Any) -> dict[str, Any]:
        """The job's parameters."""
        chosen = {name: options[name] for name in PLAIN}
        chosen |= {name: options[name] for name in (*GIVEN, *BUDGETS) if options[name]}
        if path := options["lexicon"]:
            if not path.is_file():
                raise ChoraleError("lexicon-file", f"There is no file {path}.", "Name a file of lines.")
            named = {"name": path.stem, "version": options["lexicon_version"], "negators": options["negators"]}
            key = lexicons.keep(path.read_text(encoding="utf-8"))
            chosen |= {"engine": "lexicon", "lexicon": named | {"file": key}}
        if options["dry_run"]:
            chosen["items"] = options["dry_run"]
        return chosen
