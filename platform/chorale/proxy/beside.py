"""What stands beside Label Studio's page: the way back, the guidelines in the campaign's language, the content warning.

It is plain HTML without a script: a drawer and a notice that open and close by themselves.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt

from chorale.store.models import Campaign

BACK = '<a class="chorale-back" href="/leave">&larr; Chorale</a>'


def beside(campaign: Campaign) -> str:
    """The HTML that follows ``<body>``."""
    return BACK + _guidelines(campaign) + _warning(campaign)


def _guidelines(campaign: Campaign) -> str:
    if not campaign.guidelines:
        return ""
    written = escape(campaign.language, quote=True) if campaign.form.translations else "en"
    inside = f'<div class="chorale-prose" lang="{written}" dir="auto" tabindex="0">{_html(campaign.guidelines)}</div>'
    return f'<details class="chorale-guide"><summary>Guidelines</summary>{inside}</details>'


def _warning(campaign: Campaign) -> str:
    """Over the whole page until the rater goes on, at every entry."""
    if not campaign.form.warning:
        return ""
    told = escape(campaign.form.warning).replace("\n", "<br>")
    more = "You may skip any item without a reason, and stop whenever you like."
    inside = f'<div role="note"><h1>Before you go on</h1><p dir="auto">{told}</p><p>{more}</p></div>'
    return f'<details class="chorale-warning" open><summary>Go on</summary>{inside}</details>'


@lru_cache(maxsize=64)
def _html(text: str) -> str:
    """Markdown as HTML; raw HTML and pictures stay text."""
    return str(MarkdownIt("commonmark", {"html": False}).enable("table").disable("image").render(text))
