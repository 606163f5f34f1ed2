"""What templates need: icons, numbers and times, soft labels, charts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chorale.store.doubly_labelled import LayerKey
from chorale.store.models import Ruling
from chorale.web import item_voices, methods, palette, stale, words
from chorale.web.charts import Chart
from chorale.web.markdown import rendered
from chorale.web.softlabels import SoftLabelView

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; silent to screen readers unless it has a label."""
    voice = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', voice, static("chorale/icons.svg"), name)


@register.filter
def web_link(text: str, address: str) -> str:
    """The text as a link to a page elsewhere; the bare text where the address is none, as a corpus's may be a path."""
    if not str(address or "").startswith(("https://", "http://")):
        return text
    return format_html('<a href="{}" rel="noopener noreferrer external">{}</a>', address, text)


@register.inclusion_tag("chorale/parts/soft_label.html")
def soft_label(view: SoftLabelView, limit: int = 10) -> dict[str, Any]:
    """A soft label in full: a bar a label, with share, n, entropy and semantics."""
    if view.dimensional:
        return {"view": view, "shown": view.rows, "rest": ()}
    said = [row for row in view.rows if row.value is not None and row.share >= 0.5]
    shown = [*said[:limit], *(row for row in view.rows if row.masked)]
    return {"view": view, "shown": shown, "said": bool(said), "rest": [row for row in view.rows if row not in shown]}


@register.inclusion_tag("chorale/parts/soft_brief.html")
def soft_brief(view: SoftLabelView | None) -> dict[str, Any]:
    """A soft label in one line, for lists."""
    return {"view": view}


@register.inclusion_tag("chorale/parts/chart.html")
def chart(drawn: Chart) -> dict[str, Any]:
    """A chart with its table."""
    return {"chart": drawn}


@register.simple_tag
def how(figure: str) -> str:
    """Where a figure is explained."""
    return methods.href(figure)


def _number(value: Any) -> float | None:
    """A number, or None: a variable that a template cannot find arrives here as an empty text."""
    return value if isinstance(value, int | float) else None


@register.filter
def count(value: float | None) -> str:
    """12345 as 12,345; unknown as a dash."""
    return words.count(_number(value))


@register.filter
def size(value: float | None) -> str:
    """Bytes in the unit that suits."""
    return words.size(_number(value))


@register.filter
def figure(value: float | None, digits: int = 3) -> str:
    """A measured number with fixed digits; undefined as a dash."""
    return words.figure(_number(value), digits)


@register.filter
def took(value: float | None) -> str:
    """Seconds as a span of time."""
    return words.duration(_number(value))


@register.filter
def percent(value: float | None) -> str:
    """0.123 as 12.3 %."""
    return words.percent(_number(value))


@register.filter
def when(value: dt.datetime | None) -> SafeString:
    """A time, near ones in words, with the exact one beside it."""
    if value is None:
        return SafeString('<span class="quiet">–</span>')
    exact = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        exact.isoformat(),
        exact.strftime("%Y-%m-%d %H:%M:%S %Z"),
        words.ago(value),
    )


@register.filter
def family(label: str) -> str:
    """The colour family of a label."""
    return palette.family(label)


@register.filter
def plan_words(name: str) -> str:
    """A name of a plan in words."""
    return name.replace("_", " ").capitalize()


@register.filter
def listed(value: Any) -> str:
    """A parameter in words."""
    return words.listed(value)


@register.filter
def tone(state: str) -> str:
    """The badge's tone for a state."""
    return words.TONES.get(state, "")


@register.filter
def way(method: str) -> str:
    """What an aggregation is, in a few words."""
    return item_voices.about(method)


@register.filter
def ruled(ruling: Ruling) -> str:
    """What an adjudicator decided, in words."""
    return item_voices.ruled(ruling)


@register.filter
def layer_words(key: str) -> str:
    """A layer of labels in words: its scheme, whose emotion, who said so."""
    return LayerKey.parse(key).words


@register.filter
def entry(mapping: dict[str, Any], key: str) -> Any:
    """mapping[key], or nothing."""
    return mapping.get(key)


@register.filter
def markdown(text: str) -> SafeString:
    """A text written in Markdown."""
    return rendered(text)


@register.filter
def pairs(mapping: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    """Keys and values of a mapping; a template's ``.items`` would find a key of that name instead."""
    return list((mapping or {}).items())


@register.filter
def unlocalized(value: Any) -> str:
    """A number as attributes want it: no thousands apart."""
    return str(value)


@register.filter
def tail(path: str) -> str:
    """The last two parts of a path or address."""
    return "/".join(str(path).rstrip("/").rsplit("/", 2)[-2:])


@register.filter
def problem_tone(state: str) -> str:
    """The badge's tone for a row in quarantine."""
    return words.PROBLEM_TONES.get(state, "")


@register.filter
def of_row(what: str) -> str:
    """What is wrong with a row as a sentence: problems are told as "has 2 fields where 4 are expected."."""
    return what if what[:1].isupper() else f"The row {what}"


@register.inclusion_tag("chorale/parts/stale.html")
def stale_by_erasure(kind: str, key: object) -> dict[str, Any]:
    """What a page says of erasures that took away some of what it rests on."""
    return {"notices": stale.notices(kind, key)}
