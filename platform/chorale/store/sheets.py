"""Information sheets: what people are told before they agree, in versions that never change (SCIENCE rule 21)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from chorale.store import audit
from chorale.store.models import Campaign, Sheet, User
from harmonize.problems import ChoraleError

TEXT = """You are shown short texts, pictures or recordings, one after another, and asked what you see in them. There
are no right answers to guess: that people differ is what we want to know.

- Some items may be sad, rude or upsetting. You may skip any item without giving a reason, stop at any time, and come
  back later.
- Nobody sees your answers beside your name. In the data you bear a pseudonym, another one in each published version.
- You may take back what you agree to here at any time, each point for itself, on your page of this campaign. There you
  also read what then happens to your answers."""
SUPPORT = """If something you saw stays with you, stop, and talk to somebody you trust or to your doctor. The people who
run this campaign want to know about it too: report the item, and write that you would like to hear from them."""


def current(campaign: Campaign) -> Sheet:
    """The sheet in force."""
    return of_version(campaign, campaign.sheet_version)


def of_version(campaign: Campaign, version: str) -> Sheet:
    """The sheet of a version; before the first one was written, Chorale's own."""
    row = Sheet.objects.filter(campaign=campaign, version=version).first()
    return row or Sheet(campaign=campaign, version=version, text=TEXT, support=SUPPORT, traits=[])


@transaction.atomic
def write(
    *, by: User | None, campaign: Campaign, text: str, support: str = "", traits: Sequence[Mapping[str, Any]] = ()
) -> Sheet:
    """A new version of the sheet: everybody is asked again before their next item. ChoraleError `sheet-text`,
    `sheet-trait`. The same words again change nothing."""
    if not text.strip():
        raise ChoraleError("sheet-text", "The sheet is empty.", "Say what it is about, the risks, and what happens.")
    asked = [_trait(one) for one in traits]
    row = Campaign.objects.select_for_update().get(pk=campaign.pk)
    known = current(row)
    if (known.text, known.support, known.traits) == (text.strip(), support.strip(), asked):
        return known
    version = str(max([int(v) for v in _versions(row) if v.isdigit()], default=0) + 1)
    made = Sheet.objects.create(
        campaign=row, version=version, text=text.strip(), support=support.strip(), traits=asked, created_by=by
    )
    row.sheet_version = campaign.sheet_version = version
    row.save(update_fields=["sheet_version"])
    audit.record(by, "campaign.sheet", row, version=version, traits=[one["name"] for one in asked])
    return made


def parse_traits(lines: str) -> list[dict[str, Any]]:
    """Traits from lines "age: How old are you? | under 30 | 30 to 60 | over 60". ChoraleError `sheet-trait`."""
    found = []
    for number, line in enumerate((line.strip() for line in lines.splitlines()), 1):
        if not line:
            continue
        name, colon, rest = line.partition(":")
        question, *choices = [part.strip() for part in rest.split("|")]
        if not colon:
            raise ChoraleError("sheet-trait", f"Line {number} has no colon.", "Write name: question? | choice | choice")
        found.append(_trait({"name": name.strip(), "question": question, "choices": choices}))
    return found


def written_traits(traits: Sequence[Mapping[str, Any]]) -> str:
    """The lines that `parse_traits` reads."""
    return "\n".join(" | ".join([f"{one['name']}: {one['question']}", *one["choices"]]) for one in traits)


def _trait(given: Mapping[str, Any]) -> dict[str, Any]:
    name, question = str(given.get("name", "")), str(given.get("question", "")).strip()
    choices = [str(choice).strip() for choice in given.get("choices", ()) if str(choice).strip()]
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,29}", name) or not question or len(choices) < 2:
        what = f"The trait '{name}' needs a short name, a question and two choices or more."
        raise ChoraleError("sheet-trait", what, "Write name: question? | choice | choice")
    return {"name": name, "question": question, "choices": choices}


def _versions(campaign: Campaign) -> list[str]:
    return [campaign.sheet_version, *Sheet.objects.filter(campaign=campaign).values_list("version", flat=True)]
