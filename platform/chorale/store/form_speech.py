"""What raters of a language read of a form: how much of it is in their language, and how to mend the rest."""

from __future__ import annotations

from dataclasses import dataclass

from annotation.studio.words import ENGLISH, in_language, shipped
from chorale.store.forms import core
from chorale.store.models import Form
from harmonize.languages import chain
from harmonize.schemes.wording import own_words, untold


@dataclass(frozen=True)
class Speech:
    """A form in a ``language``. ``whose``: the tag of the language whose fixed words we ship, "" for none; ``english``:
    how many fixed sentences (buttons among them) stay English; ``untold``: what else is not in the language."""

    language: str
    whose: str
    english: int
    untold: tuple[str, ...]
    written: str

    @property
    def whole(self) -> bool:
        """Whether raters read nothing in another language."""
        return not self.english and not self.untold

    @property
    def problems(self) -> list[str]:
        """What raters read in another language, in sentences."""
        found = []
        if self.english == len(ENGLISH.texts):
            told = f"Chorale has no words of its own in “{self.language}”"
            found.append(f"{told}: its sentences and buttons are English.")
        elif self.english:
            found.append(f"{self.english} of the form's {len(ENGLISH.texts)} fixed sentences are English.")
        if self.untold:
            found.append(f"Not said in “{self.language}”, so as written: {', '.join(self.untold)}.")
        return found


def speech(form: Form, language: str) -> Speech:
    """How far a form speaks a language."""
    words = in_language(language, own_words(form.wording, language))
    whose = next((tag for tag in chain(language) if tag in shipped()), "")
    told = tuple(untold(core(form), language))
    return Speech(language, whose, len(words.missing), told, form.language)


def speeches(form: Form) -> list[Speech]:
    """Of every language that the form says anything in."""
    return [speech(form, tag) for tag in sorted({form.language, *form.translations, *form.wording})]
