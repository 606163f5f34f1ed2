"""`manage.py calibrate chat-1a2b letters --method temperature`: a map from what a model says to what people do."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from annotation.model_raters.calibration import METHODS
from chorale.jobs.command import JobCommand


class Command(JobCommand):
    """Calibrate a model rater."""

    help = "Fit a calibration map of a model rater on people's votes about half of a collection; report the other half."
    kind = "calibrate"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Rater, collection and method, beside the options of every job."""
        parser.add_argument("rater", help="pseudonym of the model rater")
        parser.add_argument("collection", help="slug of a collection that people labelled and the model judged")
        parser.add_argument("--method", choices=METHODS, default=METHODS[0])
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--rounds", type=int, default=1000, help="bootstrap rounds")
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """The job's parameters."""
        return {name: options[name] for name in ("rater", "collection", "method", "seed", "rounds")}
