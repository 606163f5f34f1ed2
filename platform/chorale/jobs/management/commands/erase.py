"""`manage.py erase item UUID --reason ...` or `manage.py erase rater PSEUDONYM --reason ...`: out of everything."""

from __future__ import annotations

from argparse import ArgumentParser
from contextlib import suppress
from typing import Any
from uuid import UUID

from chorale.jobs.command import JobCommand
from chorale.store import erasure
from chorale.store.models import Item, Rater, User
from harmonize.problems import ChoraleError


class Command(JobCommand):
    """Erase an item or a rater."""

    help = "Erase an item or a person's ratings from releases, Label Studio, model logs, raw uploads and the database."
    kind = "erase"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, which and why, beside the options of every job."""
        parser.add_argument("what", choices=["item", "rater"])
        parser.add_argument("which", help="an item's uuid; a rater's pseudonym")
        parser.add_argument("--reason", required=True, help="everybody who asks for the files reads it")
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """The erasure, noted before anything goes."""
        by = User.objects.filter(username=options["by"]).first() if options["by"] else None
        begun = erasure.begin(by=by, row=_found(options["what"], options["which"]), reason=options["reason"])
        return {"erasure": begun.pk}


def _found(what: str, which: str) -> Item | Rater:
    row: Item | Rater | None = None
    if what == "rater":
        row = Rater.objects.filter(pseudonym=which).first()
    else:
        with suppress(ValueError):  # no uuid at all
            row = Item.objects.filter(uuid=UUID(which)).first()
    if row is None:
        raise ChoraleError("erase-unknown", f"There is no {what} {which!r}.", "Take its name from its page.")
    return row
