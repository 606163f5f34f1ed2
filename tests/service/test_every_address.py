"""Every address of the service, found by walking its own routes: nobody does or sees what their roles forbid."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from chorale.api.routes import api
from chorale.store.models import Event
from tests.service import web_scene
from tests.service.test_web_pages import client_of, plain_static

pytestmark = pytest.mark.django_db
__all__ = ["plain_static"]

# What people without the role of an admin may send: about themselves and their own work, or to no row at all.
THEIRS = {
    "metrics",
    "tokens",
    "token-revoke",
    "join",
    "campaign-sheet",
    "campaign-enter",
    "hook",
    "api-docs",
    "colours",
    "home",
}


@pytest.fixture
def scene(settings: Any, tmp_path: Path) -> dict[str, Any]:
    return web_scene.released(settings, tmp_path)


def routes() -> Iterator[tuple[str, URLPattern]]:
    """Each pattern of pages, with its name."""

    def walk(resolver: URLResolver) -> Iterator[URLPattern]:
        for one in resolver.url_patterns:
            if isinstance(one, URLResolver):
                if str(one.pattern) not in ("accounts/", "api/v1/"):
                    yield from walk(one)
            else:
                yield one

    for pattern in walk(get_resolver()):
        yield pattern.name or "", pattern


def filled(pattern: URLPattern, scene: dict[str, Any]) -> str:
    """The address of a pattern, about rows of the scene where there is one of the kind."""
    route = str(pattern.pattern)
    slugs = {"campaigns": "round", "work": "round", "corpora": "diary", "collections": "all", "forms": "diary"}
    slugs |= {"releases": "diary"}
    uuids = {"items": scene["item"].uuid, "jobs": scene["job"].uuid}
    rows = {"agreement": scene["report"].pk, "raters": scene["rater"].pk, "people": scene["annotator"].pk}
    root = route.split("/")[0]
    told = {
        "slug": slugs.get(root, "nothing"), "key": uuids.get(root, uuid.UUID(int=1)), "pk": rows.get(root, 1),
        "ref": "ekman-6-neutral@1.0.0", "other": "1.0.0", "version": "1.0.0", "kind": "settle", "name": "README.md",
        "token": "false", "part": "all", "form": "toml", "rater": scene["rater"].pk, "scheme": "ekman-6-neutral@1.0.0",
        "perspective": "reader", "project": 1,
    }  # fmt: skip
    for name, converter in pattern.pattern.converters.items():
        kind = next(k for k in ("int", "uuid", "slug", "path", "str") if f"<{k}:{name}>" in route)
        value = 1 if kind == "int" and not isinstance(told[name], int) else told[name]
        route = route.replace(f"<{kind}:{name}>", converter.to_url(value))
    return f"/{route}"


@pytest.mark.parametrize("who", ["nobody", "annotator", "researcher"])
def test_only_admins_act_on_pages(scene: dict[str, Any], who: str) -> None:
    client, before = client_of(scene, who), Event.objects.count()
    told = {"act": "x", "reason": "x", "state": "open", "roles": ["admin"]}
    done = []
    for name, pattern in routes():
        if name in THEIRS or name.startswith("work"):
            continue
        answer = client.post(filled(pattern, scene), told)
        # What was done leads on to another page. A page that only shows answers as it would to a GET.
        if answer.status_code == 302 and "/accounts/login/" not in answer["Location"]:
            done.append((name, answer["Location"]))
    assert done == []
    assert Event.objects.count() == before


@pytest.mark.parametrize("who", ["nobody", "stranger", "annotator", "researcher"])
def test_only_admins_act_by_the_api(scene: dict[str, Any], who: str) -> None:
    client, before, done = client_of(scene, who), Event.objects.count(), []
    for address, methods in api.get_openapi_schema()["paths"].items():
        for method in methods:
            if method == "get":
                continue
            path = address
            for name, value in {"uuid": scene["item"].uuid, "key": scene["job"].uuid, "slug": "diary"}.items():
                path = path.replace(f"{{{name}}}", str(value))
            path = path.replace("{", "").replace("}", "")
            answer = client.generic(method.upper(), path, b"{}", content_type="application/json")
            if answer.status_code < 300 and "preview" not in path:
                done.append((method, path, answer.status_code))
    assert done == []
    assert Event.objects.count() == before


def test_no_page_breaks_whatever_its_address_names_and_each_has_the_strict_policy(scene: dict[str, Any]) -> None:
    client = client_of(scene, "admin")
    client.raise_request_exception = False
    wrong = []
    for name, pattern in routes():
        if name == "metrics":
            continue
        for tail in ("", "?q=%00&size=x&sort=-no&scope_type=campaign&scope=no&collection=no&layer=no&from=no&rater=no"):
            answer = client.get(filled(pattern, scene) + tail)
            policy = answer.headers.get("Content-Security-Policy", "")
            strict = "default-src 'none'" in policy and "unsafe" not in policy
            if answer.status_code >= 500 or not strict or answer.headers.get("X-Content-Type-Options") != "nosniff":
                wrong.append((name, filled(pattern, scene) + tail, answer.status_code, policy))
    assert wrong == []
