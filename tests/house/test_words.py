"""Names have a subject, pages load from nowhere else, nothing of others is committed."""

from __future__ import annotations

import re

from tests.house.tree import ROOT, files, relative

VAGUE = {"util", "utils", "helper", "helpers", "common", "base", "manager", "managers", "service", "handler"}
OURS = ["tests/service"]  # the layer under test, as beside it tests/core and tests/journeys
PAGES = (".html", ".css", ".js", ".mjs")
# A thing a page fetches; a link that a reader may follow (href of <a>) is not one.
FETCHED = re.compile(
    r"""(?:src|srcset|action|poster|data|hx-get|hx-post)\s*=\s*["']\s*(?:https?:)?//
    |<link\b[^>]*\bhref\s*=\s*["']\s*(?:https?:)?//
    |url\(\s*["']?\s*(?:https?:)?//
    |@import\s+["']\s*(?:https?:)?//
    |\b(?:fetch|import|importScripts|Worker|EventSource|WebSocket)\(\s*["'`]\s*(?:https?:|wss?:)?//
    |\bfrom\s+["']\s*https?://""",
    re.VERBOSE | re.IGNORECASE,
)


def test_names_have_a_subject() -> None:
    parents = {str(parent) for path in files() for parent in path.relative_to(ROOT).parents}
    named = [relative(path) for path in files(".py") if path.stem in VAGUE]
    named += [folder for folder in parents if folder.rpartition("/")[2] in VAGUE and folder not in OURS]
    assert named == []


def test_pages_load_nothing_from_another_host() -> None:
    found = []
    for path in files(*PAGES):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if FETCHED.search(line):
                found.append(f"{relative(path)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_nothing_of_others_is_committed() -> None:
    third = re.compile(r"\.min\.(js|css)$|(^|/)node_modules/|\.woff2?$|\.whl$|\.parquet$")
    assert [relative(path) for path in files() if third.search(relative(path))] == []


def test_the_check_for_other_hosts_sees_what_it_should() -> None:
    bad = ['<script src="https://a.b/c.js">', "background: url(//a.b/c.png)", '<link rel="x" href="https://a.b">']
    good = ['<a href="https://a.b">', '<img src="/static/a.png">', 'xmlns="http://www.w3.org/2000/svg"']
    assert all(FETCHED.search(line) for line in bad)
    assert not any(FETCHED.search(line) for line in good)
