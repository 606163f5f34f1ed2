"""What stands beside Label Studio's page: the way back and to help, guidelines in one's language, the content warning.

It is plain HTML without a script: a drawer and a notice that open and close by themselves.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape

from django.conf import settings
from markdown_it import MarkdownIt

from chorale.store.models import Campaign

CARE = (("report", "Report an item"), ("support", "Find support"))  # pages of Chorale, in a window of their own


def beside(campaign: Campaign) -> str:
    """The HTML that follows ``<body>``."""
    return _ways(campaign) + _guidelines(campaign) + _warning(campaign)


def _ways(campaign: Campaign) -> str:
    """The way back, and to what a rater may need at any moment."""
    home = f"{settings.CHORALE_URL}/work/{campaign.slug}"
    care = "".join(f'<a href="{home}/{page}/" target="_blank" rel="noopener">{words}</a>' for page, words in CARE)
    return f'<nav class="chorale-back" aria-label="Chorale"><a href="/leave">&larr; Chorale</a>{care}</nav>'


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
