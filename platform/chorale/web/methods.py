"""Where each figure is explained: the pages of methods, rendered from the documents that come with the program."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from chorale.web.markdown import rendered

PAGES = {
    "methods": "Every number",
    "methods-models": "Models as raters",
    "methods-harmonize": "Harmonizing",
    "methods-campaigns": "Campaigns",
    "methods-corpora": "Corpora and collections",
    "methods-releases": "Releases",
}
# The figures that pages show, by the heading that explains each.
ANCHORS = {
    "alpha": "krippendorffs-alpha",
    "per-label": "per-label-and-dimension",
    "interval": "interval-and-error",
    "coefficients": "kappas",
    "kappas": "kappas",
    "icc": "intraclass-correlations",
    "slices": "parts-filters-crosswalks",
    "pairs": "parts-filters-crosswalks",
    "model-against-people": "a-model-against-people",
    "aggregation": "aggregation",
    "splits": "aggregation",
    "raters": "raters",
    "hardest": "raters",
    "confusion": "raters",
    "label-set": "raters",
    "stand-in": "raters",
    "human-upper-bound": "evaluation",
    "vote-scores": "evaluation",
    "divergence": "evaluation",
    "calibration": "evaluation",
}
_HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def href(figure: str) -> str:
    """The address of the passage that explains a figure; empty for one that needs no explanation."""
    anchor = ANCHORS.get(figure, "")
    return f"{reverse('methods', args=['methods'])}#{anchor}" if anchor else ""


def anchor(heading: str) -> str:
    """The anchor of a heading: its words before the modules it names.

    >>> anchor("Krippendorff's alpha — alpha, forms.py")
    'krippendorffs-alpha'
    """
    return slugify(re.split(r" — | \(", heading)[0])


@cache
def page(name: str) -> tuple[SafeString, list[tuple[str, str]]]:
    """A page as HTML with anchored headings, and (anchor, title) of its sections; empty where documents are missing."""
    path = Path(settings.ROOT, "docs", f"{name}.md")
    if not path.is_file():
        return SafeString(""), []
    text = path.read_text("utf-8").split("\n", 1)[1]  # the page has a title of its own
    found: list[tuple[str, str]] = []

    def anchored(match: re.Match[str]) -> str:
        words = unescape(_TAG.sub("", match[2]))
        here = anchor(words)
        if match[1] in "23":
            found.append((here, re.split(r" — | \(", words)[0]))
        return f'<h{match[1]} id="{here}">{match[2]}</h{match[1]}>'

    html = _HEADING.sub(anchored, rendered(text))
    return mark_safe(html), found  # noqa: S308 -- the project's own documents, with raw HTML disabled
