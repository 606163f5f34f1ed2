"""A new installation shows the shipped schemes and crosswalks before anybody used one."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from chorale.store.models import Crosswalk, Event, Scheme
from harmonize import crosswalks, schemes


@pytest.mark.django_db
def test_everything_shipped_is_registered_once() -> None:
    out = io.StringIO()
    call_command("register_shipped", stdout=out)
    assert set(Scheme.objects.values_list("ref", flat=True)) >= {core.ref for core in schemes.shipped()}
    found = dict(Crosswalk.objects.values_list("ref", "status"))
    assert found.items() >= {core.ref: str(core.status) for core in crosswalks.shipped()}.items()
    events = Event.objects.count()
    call_command("register_shipped", stdout=out)
    assert out.getvalue().splitlines()[-1] == "0 schemes, 0 crosswalks and 0 prompts were new."
    assert Event.objects.count() == events
