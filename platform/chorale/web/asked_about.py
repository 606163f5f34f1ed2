"""What every form about models begins with: which items, under which scheme, from whose perspective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms

from chorale.store.models import Collection, Scheme
from chorale.store.models.schemes import Perspective
from chorale.web.launch_forms import Ask


class AskAbout(Ask):
    """A collection, a scheme and a perspective."""

    collection = forms.ChoiceField(label="Collection")
    scheme = forms.ChoiceField(label="Scheme")
    perspective = forms.ChoiceField(label="Perspective", choices=Perspective.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("collection", Collection.objects.order_by("slug").values_list("slug", "title"))
        rows = self.schemes().order_by("title", "ref").values_list("ref", "title")
        self.choose("scheme", [(ref, f"{title} ({ref})") for ref, title in rows])

    def schemes(self) -> Any:
        """The schemes to choose from."""
        return Scheme.objects.all()

    def part(self, *names: str, title: str = "", speaks: str = "") -> Part:
        """Some of the fields, to be shown together."""
        return Part([self[name] for name in names], title, speaks)


@dataclass(frozen=True)
class Part:
    """Fields of a form under a title; ``speaks`` names the kind of rater to which alone they matter."""

    visible_fields: list[Any]
    title: str = ""
    speaks: str = ""
    hidden_fields: tuple[()] = ()
    non_field_errors: str = ""
