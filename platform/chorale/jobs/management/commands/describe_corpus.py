"""`manage.py describe_corpus FOLDER`: look at files and draft a corpus.toml for them."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chorale.store import registry
from harmonize.corpora import archive
from harmonize.corpora.descriptor import NAME
from harmonize.corpora.draft import Draft, draft
from harmonize.problems import ChoraleError


class Command(BaseCommand):
    """Draft a descriptor; it is printed, or written beside the files with --write."""

    help = "Propose a corpus.toml for a folder, a file or an archive, and try it on their first rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to look at, and whether to write."""
        parser.add_argument("path", type=Path)
        parser.add_argument("--write", action="store_true", help=f"write {NAME} beside the files, if there is none")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the draft, and what became of the rows it was tried on."""
        path: Path = options["path"]
        packed = path.is_file() and archive.is_archive(path)
        if packed and options["write"]:
            raise CommandError(f"Nothing is written into an archive. Unpack {path.name} first.")
        try:
            found = _of_archive(path) if packed else draft(path, among=registry.known())
        except ChoraleError as error:
            raise CommandError(f"{error.message} {error.fix}".strip()) from error
        self.stdout.write(found.toml)
        counts = found.counts
        self.stderr.write(
            f"Tried on {counts.read:,} rows: {counts.imported:,} would be imported, {counts.duplicates:,} are "
            f"duplicates, {counts.quarantined:,} would be quarantined."
        )
        for problem in found.problems[:5]:
            self.stderr.write(f"  {problem}")
        if options["write"]:
            target = (path if path.is_dir() else path.parent) / NAME
            if target.exists():
                raise CommandError(f"{target} is there already.")
            target.write_text(found.toml, encoding="utf-8")


def _of_archive(path: Path) -> Draft:
    """The draft for what an archive holds; a folder that is alone in it is the corpus's."""
    with TemporaryDirectory(prefix="chorale-") as spare:
        folder = Path(spare) / path.name.partition(".")[0]
        archive.unpack(path, folder)
        inside = list(folder.iterdir())
        alone = len(inside) == 1 and inside[0].is_dir()
        return draft(inside[0] if alone else folder, among=registry.known())
