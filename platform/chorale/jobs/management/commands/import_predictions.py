"""`manage.py import_predictions FILE ekman-6 --perspective writer --name M --model-version 1 --trained-on nothing`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from chorale.jobs.command import JobCommand
from chorale.store import file_predictions, object_store
from harmonize.problems import ChoraleError


class Command(JobCommand):
    """Import predictions that were made elsewhere."""

    help = "Import a model's soft labels (CSV, JSON lines or Parquet: item and one column a label) as a rater's."
    kind = "import_predictions"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """File, scheme, and who says it, beside the options of every job."""
        parser.add_argument("file", type=Path)
        parser.add_argument("scheme", help="scheme, id or id@version")
        parser.add_argument("--perspective", required=True)
        parser.add_argument("--name", required=True, help="of the model")
        parser.add_argument("--model-version", required=True)
        parser.add_argument("--trained-on", required=True, help='collection it was trained on, or "nothing"')
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """The file kept under its hash, and what was said of it."""
        path = options["file"]
        if not path.is_file():
            raise ChoraleError("prediction-file", f"There is no file {path}.", "Name a CSV, JSONL or Parquet file.")
        key, _ = object_store.put_file(path, prefix=file_predictions.FOLDER)
        named = {name: options[name] for name in ("scheme", "perspective", "name", "trained_on")}
        return named | {"version": options["model_version"], "file": key, "file_name": path.name}
