"""What stands beside Label Studio's page: the way back and to help, guidelines in one's language, the content warning.

It is plain HTML in the campaign's language without a script: a drawer and a notice that open and close by themselves.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape

from django.conf import settings
from markdown_it import MarkdownIt

from annotation.studio.words import Words
from chorale.proxy.buttons import buttons
from chorale.store.campaigns import words_of
from chorale.store.models import Campaign
from harmonize.languages import nearest, right_to_left
from harmonize.schemes.wording import warning_in

CARE = ("report", "support")  # pages of Chorale, in a window of their own


def beside(campaign: Campaign) -> str:
    """The HTML that follows ``<body>``."""
    words = words_of(campaign.form, campaign.language)
    spoken = words.language if words.spoken else "en"
    told = f'lang="{escape(spoken, quote=True)}" dir="{"rtl" if right_to_left(spoken) else "ltr"}"'
    return (
        _ways(campaign, words, told)
        + _guidelines(campaign, words, told)
        + _warning(campaign, words, told)
        + buttons(words)
    )


def _ways(campaign: Campaign, words: Words, told: str) -> str:
    """The way back, and to what a rater may need at any moment."""
    home = f"{settings.CHORALE_URL}/work/{campaign.slug}"
    care = "".join(
        f'<a href="{home}/{page}/" target="_blank" rel="noopener">{escape(words(f"page.{page}"))}</a>' for page in CARE
    )
    back = '<a href="/leave"><span aria-hidden="true">&larr;</span> Chorale</a>'
    return f'<nav class="chorale-back" aria-label="Chorale" {told}>{back}{care}</nav>'


def _guidelines(campaign: Campaign, words: Words, told: str) -> str:
    if not campaign.guidelines:
        return ""
    form = campaign.form
    written = form.language if nearest(form.translations, campaign.language) is None else campaign.language
    prose = f'lang="{escape(written, quote=True)}" dir="auto" tabindex="0"'
    inside = f'<div class="chorale-prose" {prose}>{_html(campaign.guidelines)}</div>'
    named = escape(words("page.guidelines"))
    return f'<details class="chorale-guide" {told}><summary>{named}</summary>{inside}</details>'


def _warning(campaign: Campaign, words: Words, told: str) -> str:
    """Over the whole page until the rater goes on, at every entry."""
    warning = warning_in(campaign.form, campaign.language)
    if not warning:
        return ""
    inside = (
        f'<h1>{escape(words("page.before"))}</h1><p dir="auto">{escape(warning).replace(chr(10), "<br>")}</p>'
        f"<p>{escape(words('page.freely'))}</p>"
    )
    on = escape(words("page.go-on"))
    return (
        f'<details class="chorale-warning" open {told}><summary>{on}</summary><div role="note">{inside}</div></details>'
    )


@lru_cache(maxsize=64)
def _html(text: str) -> str:
    """Markdown as HTML; raw HTML and pictures stay text."""
    return str(MarkdownIt("commonmark", {"html": False}).enable("table").disable("image").render(text))
