"""Our style over Label Studio's page: the item and the form and nothing else, scales as numbered steps with figures.

The figures are drawn here, in the manner of the self-assessment manikin (Bradley and Lang 1994), none of it copied: a
face from frown to smile, a body from still to excited, a person from small to large.
"""

from __future__ import annotations

import math
from functools import cache
from urllib.parse import quote

STEPS = (5, 7, 9)  # the lengths of scale that get figures; any other has numbers alone

PAGE = """
.lsf-menu-header__trigger, .lsf-breadcrumbs, .lsf-menu-header__context-item_right, .lsf-menu-header__user,
.lsf-menu-header__hotkeys, .lsf-sidepanels__wrapper { display: none !important; }
.chorale-back { position: fixed; z-index: 100; inset: .7rem auto auto 1rem; font-weight: 600; color: inherit;
  text-decoration: none; }
.chorale-back:hover { text-decoration: underline; }
.lsf-sidepanels { padding: 0 !important; }
.lsf-sidepanels__content, .lsf-main-content, .lsf-bottombar, .lsf-main-view { width: 100% !important; }
.lsf-main-view__annotation { max-width: 76rem; margin-inline: auto; }
.chorale-item .lsf-richtext { font-size: 1.3rem; line-height: 1.65; padding-block: .5rem; }
.chorale-item [class*="authorFilter--"], .chorale-item [class*="time--"],
.chorale-item [class*="selectAllBtn"] { display: none !important; }
.chorale-layer { padding-block: .25rem 1rem; border-bottom: 1px solid rgb(128 128 128 / .2); }
.chorale-layer .lsf-choices { row-gap: .25rem; }
.lsf-editor { margin: 0 !important; width: 100% !important; min-width: 0 !important; }
.lsf-main-view__annotation { flex: 1 1 auto; min-width: 0 !important; }
@media (max-width: 48rem) { /* a phone: the two buttons that matter stay in reach */
  .lsf-current-task__task-id, .lsf-history-buttons, .lsf-action-buttons,
  .lsf-model-actions { display: none !important; }
}
@media (min-width: 70rem) {
  .chorale-sheet { display: grid !important; grid-template-columns: minmax(20rem, 2fr) 3fr; gap: 0 3rem; }
  .chorale-item { position: sticky; top: 0; align-self: start; }
}
"""

SCALE = """
.chorale-scale .ant-rate { display: flex; flex-wrap: wrap; gap: .25rem; counter-reset: step; color: inherit; }
.chorale-scale .ant-rate-star { counter-increment: step; margin: 0 !important; min-width: 2.75rem; padding: .25rem;
  border: 1px solid rgb(128 128 128 / .35); border-radius: .5rem; text-align: center; color: inherit; cursor: pointer;
  position: relative; }
.chorale-scale .ant-rate-star .anticon { opacity: 0; }
.chorale-scale .ant-rate-star > div { position: absolute; inset: 0; transform: none !important; overflow: hidden; }
.chorale-scale .ant-rate-star::after { content: counter(step); display: block; font-variant-numeric: tabular-nums; }
.chorale-scale .ant-rate-star:hover, .chorale-scale .ant-rate-star:focus-within { border-color: currentColor; }
.chorale-scale .ant-rate-star-full:not(:has(+ .ant-rate-star-full)) { background: #3b5bdb; border-color: #3b5bdb;
  color: #fff; font-weight: 600; }
.chorale-sam .ant-rate-star::before { content: ""; display: block; width: 2.5rem; height: 2.5rem; margin: 0 auto;
  background: currentColor; mask: var(--figure) center / contain no-repeat; }
@media (max-width: 40rem) { .chorale-scale .ant-rate-star { min-width: calc(11.1% - .25rem); padding-inline: 0; }
  .chorale-sam .ant-rate-star::before { width: 1.9rem; height: 1.9rem; } }
"""


@cache
def sheet() -> str:
    """The whole style sheet."""
    rules = [PAGE, SCALE]
    for name, draw in (("valence", _face), ("arousal", _burst), ("dominance", _size)):
        for count in STEPS:
            for step in range(count):
                figure = quote(_svg(draw(step / (count - 1))))
                where = f".chorale-sam-{name}.chorale-steps-{count} .ant-rate-star:nth-child({step + 1})"
                rules.append(f'{where} {{ --figure: url("data:image/svg+xml,{figure}"); }}')
    return "\n".join(rules)


def _svg(body: str) -> str:
    line = 'fill="none" stroke="#000" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><g {line}>{body}</g></svg>'


def _face(share: float) -> str:
    """From frown to smile; the mouth's bend is the value."""
    bend = 12 * (share - 0.5)
    mouth = f'<path d="M12 {27 - bend / 2:.1f} Q20 {27 + 1.2 * bend:.1f} 28 {27 - bend / 2:.1f}"/>'
    eyes = '<circle cx="14" cy="16" r="1" fill="#000"/><circle cx="26" cy="16" r="1" fill="#000"/>'
    return f'<circle cx="20" cy="20" r="16"/>{eyes}{mouth}'


def _burst(share: float) -> str:
    """From a still point to a wide jagged star within the same body."""
    rays, outer, inner = 9, 2 + 14 * share, 1.5 + 6 * share
    points = []
    for corner in range(2 * rays):
        radius, angle = (outer if corner % 2 == 0 else inner), math.pi * corner / rays
        points.append(f"{20 + radius * math.sin(angle):.1f},{20 - radius * math.cos(angle):.1f}")
    return f'<circle cx="20" cy="20" r="18" stroke-width="1"/><polygon points="{" ".join(points)}"/>'


def _size(share: float) -> str:
    """From a small person to one who fills the frame."""
    scale = 0.3 + 0.7 * share
    body = '<circle cx="0" cy="-26" r="6"/><path d="M-10 0 V-8 Q-10 -17 0 -17 Q10 -17 10 -8 V0 Z"/>'
    return f'<path d="M4 38 H36" stroke-width="1"/><g transform="translate(20 37) scale({scale:.3f})">{body}</g>'
