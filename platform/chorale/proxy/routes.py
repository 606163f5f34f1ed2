"""The allow-list: every method and path that labelling needs, and what answers it. Anything else is refused."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response

from chorale.proxy import pages, reading, writing
from chorale.proxy.call import Call

Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True)
class Route:
    """Methods and a whole path; each group is a number."""

    methods: frozenset[str]
    path: re.Pattern[str]
    handler: Handler


def _route(methods: str, path: str, handler: Handler) -> Route:
    return Route(frozenset(methods.split()), re.compile(path.replace("N", r"(\d{1,10})") + "/?"), handler)


ROUTES = (
    _route("GET", r"/work", pages.work),
    _route("GET", r"/projects/N/data", pages.labelling),
    _route("GET", r"/(?:static|react-app|label-studio-frontend|dm)/[A-Za-z0-9._/@+-]+", pages.public_file),
    _route("GET", r"/chorale/media/[0-9a-f-]{36}", pages.media),
    _route("GET", r"/api/version", reading.version),
    _route("GET", r"/api/current-user/whoami", reading.who),
    _route("GET", r"/api/users", reading.users),
    _route("GET", r"/api/ml", reading.nothing),
    _route("GET", r"/api/label_links", reading.no_links),
    _route("GET", r"/api/dm/columns", reading.columns),
    _route("GET POST PATCH PUT", r"/api/dm/views", reading.view),
    _route("PATCH PUT", r"/api/dm/views/\d{1,10}", reading.view),
    _route("GET", r"/api/dm/actions", reading.nothing),
    _route("POST", r"/api/dm/actions", reading.next_task),
    _route("GET", r"/api/dm/project", reading.project),
    _route("GET", r"/api/projects/N", reading.project),
    _route("GET", r"/api/projects/N/next", reading.next_task),
    _route("GET", r"/api/projects/N/label-stream-history", reading.history),
    _route("GET", r"/api/tasks", reading.no_tasks),
    _route("GET", r"/api/tasks/N", reading.task),
    _route("GET", r"/api/tasks/N/annotations", reading.own_annotations),
    _route("GET", r"/api/tasks/N/drafts", reading.own_drafts),
    _route("GET", r"/api/annotations/N", reading.annotation),
    _route("POST", r"/api/tasks/N/annotations", writing.submit),
    _route("PATCH PUT", r"/api/annotations/N", writing.change),
    _route("POST", r"/api/tasks/N/drafts", writing.draft_task),
    _route("POST", r"/api/tasks/\d{1,10}/annotations/N/drafts", writing.draft_answer),
    _route("PATCH DELETE", r"/api/drafts/N", writing.draft_change),
)


def find(method: str, path: str) -> tuple[Handler, tuple[int, ...]] | None:
    """What answers this method at this path, and the numbers in it; None if nothing does."""
    for route in ROUTES:
        if method in route.methods and (match := route.path.fullmatch(path)):
            return route.handler, tuple(int(group) for group in match.groups())
    return None
