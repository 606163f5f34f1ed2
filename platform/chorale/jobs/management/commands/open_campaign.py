"""`manage.py open_campaign letters-40 --form emotions-1`: a campaign over a collection, made in Label Studio."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from chorale.jobs.command import JobCommand
from chorale.store import campaigns
from chorale.store.models import Collection, Form, User
from harmonize.problems import ChoraleError


class Command(JobCommand):
    """Open a campaign."""

    help = "Plan a campaign over a collection, make its projects in Label Studio and send the items."
    kind = "open_campaign"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The plan, beside the options of every job."""
        parser.add_argument("collection", help="slug of the collection")
        parser.add_argument("--form", required=True, help="slug of the form (its newest version)")
        parser.add_argument("--overlap", type=int, default=3, help="raters an item")
        parser.add_argument("--slug", default="", help="name in addresses; made from collection and form if left out")
        parser.add_argument("--title", default="")
        parser.add_argument("--language", default="en", help="BCP 47")
        parser.add_argument("--rater", action="append", default=[], metavar="USERNAME", help="a person to invite")
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """Plan the campaign, invite its raters, and name it for the job."""
        by = User.objects.filter(username=options["by"]).first() if options["by"] else None
        collection = Collection.objects.filter(slug=options["collection"]).first()
        form = Form.objects.filter(slug=options["form"]).order_by("-version").first()
        if collection is None or form is None:
            missing = f"collection '{options['collection']}'" if collection is None else f"form '{options['form']}'"
            raise ChoraleError("unknown-plan", f"There is no {missing}.", "Make it first.")
        plan = {name: options[name] for name in ("overlap", "slug", "title", "language")}
        campaign = campaigns.open_campaign(by=by, collection=collection, form=form, **plan)
        people = list(User.objects.filter(username__in=options["rater"]))
        campaigns.invite_raters(by=by, campaign=campaign, people_=people)
        return {"campaign": campaign.slug}
