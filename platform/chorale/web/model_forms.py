"""The form that registers an endpoint or changes one."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms

from chorale.store import endpoints
from chorale.store.models import Endpoint

# Keys are named, never typed; only names made for model keys, lest a form send another secret of the server away.
KEY_NAME = re.compile(r"(CHORALE_LLM_KEY\w*|[A-Z][A-Z0-9_]*_API_KEY)", re.ASCII)


class EndpointForm(forms.Form):
    """Where the server is, which of its models is meant, and what it may be asked."""

    slug = forms.SlugField(label="Short name", max_length=80, help_text="Jobs and scripts name the endpoint so.")
    url = forms.CharField(label="Address", max_length=300, help_text="Ends in /v1 as a rule: http://gpu:8000/v1")
    model = forms.CharField(label="Model", max_length=200, help_text="As the server names it.")
    key_variable = forms.CharField(
        label="Variable with the key",
        max_length=80,
        initial="CHORALE_LLM_KEY",
        help_text="Name of an environment variable of this server; the key itself is never stored or shown.",
    )
    most_at_once = forms.IntegerField(
        label="Requests at once", initial=64, min_value=1, max_value=4096, help_text="All workers together."
    )
    price_in = forms.FloatField(
        label="Price of a million prompt tokens", required=False, min_value=0, help_text="In any one currency."
    )
    price_out = forms.FloatField(label="Price of a million answer tokens", required=False, min_value=0)

    def __init__(self, *args: Any, row: Endpoint | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        if row:
            self.fields["slug"].disabled = True

    def clean_slug(self) -> str:
        """A new endpoint needs a name of its own."""
        slug = str(self.cleaned_data["slug"])
        if slug == endpoints.ENVIRONMENT:
            raise forms.ValidationError("That name is kept for the endpoint which the environment names.")
        if not self.row and Endpoint.objects.filter(slug=slug).exists():
            raise forms.ValidationError("There is an endpoint of that name.")
        return slug

    def clean_url(self) -> str:
        """A server's address, without a password, which would stand in the database and on pages."""
        url = str(self.cleaned_data["url"]).strip()
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise forms.ValidationError(f"This is no address: {error}.") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise forms.ValidationError("Give an address such as https://host:8000/v1.")
        if "@" in parts.netloc:
            raise forms.ValidationError("Leave the password out; name the variable that holds the key.")
        return url

    def clean_key_variable(self) -> str:
        """A name made for the key of a model."""
        name = str(self.cleaned_data["key_variable"])
        if not KEY_NAME.fullmatch(name):
            raise forms.ValidationError("Begin it with CHORALE_LLM_KEY, or let it end in _API_KEY.")
        return name
