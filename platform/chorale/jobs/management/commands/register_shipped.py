"""`manage.py register_shipped`: what comes with Chorale stands on its pages at once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from chorale.store import prompts, registry
from chorale.store.models import Crosswalk, Scheme
from harmonize import crosswalks, schemes


class Command(BaseCommand):
    """Register what is shipped and not registered yet; again changes nothing."""

    help = "Register every shipped scheme, crosswalk and prompt; run after migrate, at each new version."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line of how many were new."""
        there = {*Scheme.objects.values_list("ref", flat=True), *Crosswalk.objects.values_list("ref", flat=True)}
        known = [core for core in schemes.shipped() if core.ref not in there]
        maps = [core for core in crosswalks.shipped() if core.ref not in there]
        for scheme in known:
            registry.register_scheme(by=None, core=scheme)
        for crosswalk in maps:
            registry.register_crosswalk(by=None, core=crosswalk)
        texts = prompts.register_shipped()
        if options["verbosity"]:
            self.stdout.write(f"{len(known)} schemes, {len(maps)} crosswalks and {texts} prompts were new.")
