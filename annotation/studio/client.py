"""A thin client of Label Studio for Chorale's own account. Raters' accounts are in `accounts`.

The SDK makes projects; what must be fast or exact (batches with ids, the delta, id sets) goes over its HTTP API.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

import httpx

from harmonize.problems import ChoraleError

Json = dict[str, Any]
BATCH = 1000  # items an import; 1,000 to 5,000 run equally fast
PAGE = 200
EXPORTED = 200  # tasks a request that names each of them
READERS = 2  # exports asked for at once: Label Studio has several processes, and each answer keeps one of them busy


@dataclass(frozen=True)
class Page:
    """Tasks in order of id. ``read_at``: Label Studio's own clock no later than it read them.

    ``upto``: the greatest id that the page could have held, None where it could have held any.
    """

    tasks: tuple[Json, ...]
    read_at: dt.datetime
    last: bool
    upto: int | None = None


class Studio:
    """Label Studio under an admin's token. Every method raises `ChoraleError("studio-...")` with what it answered."""

    def __init__(self, url: str, token: str, *, timeout: float = 120.0) -> None:
        if not url or not token:
            raise ChoraleError(
                "studio-unset", "No Label Studio is set.", "Set LABEL_STUDIO_URL and LABEL_STUDIO_TOKEN."
            )
        self.url, self.token = url.rstrip("/"), token
        self.http = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Token {token}"}, timeout=timeout, trust_env=False
        )

    @cached_property
    def sdk(self) -> Any:
        """The official client; imported on first use, since that takes seconds and 140 MB."""
        from label_studio_sdk.client import LabelStudio

        make: Any = LabelStudio
        return make(base_url=self.url, api_key=self.token, timeout=120)

    def make_project(self, title: str, config: str, *, overlap: int, instruction: str = "") -> int:
        """A blind project whose queue offers each task to ``overlap`` raters; its id. It never holds predictions."""
        made = self.sdk.projects.create(
            title=title[:50],
            description=title,
            label_config=config,
            maximum_annotations=overlap,
            expert_instruction=instruction,
            show_instruction=False,
            show_skip_button=True,
            enable_empty_annotation=False,
            show_collab_predictions=False,
            skip_queue="REQUEUE_FOR_OTHERS",
            sampling="Sequential sampling",
        )
        return int(made.id)

    def find_project(self, title: str) -> int | None:
        """The project of that whole title (kept in its description, as Label Studio cuts titles at 50)."""
        asked = {"include": "id,description", "title": title[:50], "page_size": 100}
        for project in self._ask("GET", "/api/projects/", params=asked).json()["results"]:
            if project.get("description") == title:
                return int(project["id"])
        return None

    def check_config(self, config: str) -> None:
        """Label Studio's own opinion of a form; `ChoraleError("studio-refused")` if it cannot draw it."""
        self._ask("POST", "/api/projects/validate/", json={"label_config": config})

    def delete_project(self, project: int) -> None:
        """Remove a project with everything in it."""
        self._ask("DELETE", f"/api/projects/{project}/")

    def delete(self, path: str) -> None:
        """Remove one task or answer by its address (`/api/tasks/7/`); one that is gone already is well."""
        self._ask("DELETE", path, missing_ok=True)

    def delete_tasks(self, project: int, tasks: Sequence[int]) -> None:
        """Remove tasks with everything that was said of them."""
        chosen = {"selectedItems": {"all": False, "included": list(tasks)}}
        self._ask("POST", f"/api/dm/actions?id=delete_tasks&project={project}", json=chosen)

    def task_count(self, project: int) -> int:
        """How many tasks a project holds."""
        return int(self._ask("GET", f"/api/projects/{project}/?include=task_number").json()["task_number"])

    def add_tasks(self, project: int, data: Sequence[Json]) -> list[int]:
        """Import a batch; the ids in the order sent."""
        rows = [{"data": row} for row in data]
        answer = self._ask("POST", f"/api/projects/{project}/import?return_task_ids=true", json=rows).json()
        ids = answer.get("task_ids", [])
        if len(ids) != len(rows):
            raise ChoraleError("studio-import", f"Label Studio took {len(ids)} of {len(rows)} items.")
        return [int(number) for number in ids]

    def page(self, project: int, *, after: int = 0, since: dt.datetime | None = None, size: int = PAGE) -> Page:
        """Tasks with an id above ``after``, with their annotations; only those changed after ``since`` if given.

        Paging by id stays right while raters work; by page number it would lose tasks that move.
        """
        items = [_condition("tasks:id", "Number", after)]
        if since is not None:
            items.append(_condition("tasks:updated_at", "Datetime", since.astimezone(dt.UTC).strftime(STAMP)))
        query = {"filters": {"conjunction": "and", "items": items}, "ordering": ["tasks:id"]}
        params = {"project": project, "page": 1, "page_size": size, "fields": "all", "query": json.dumps(query)}
        answer = self._ask("GET", "/api/tasks", params=params, missing_ok=True)
        if answer.status_code == 404:  # never an empty page: it would mean that every answer was deleted
            raise ChoraleError(
                "studio-gone", f"Label Studio has no project {project}.", "Restore it there; nothing was changed here."
            )
        tasks = tuple(answer.json()["tasks"])
        last = len(tasks) < size
        return Page(tasks, _clock(answer), last=last, upto=None if last else int(tasks[-1]["id"]))

    def pages(
        self,
        project: int,
        *,
        after: int = 0,
        since: dt.datetime | None = None,
        size: int = PAGE,
        go_on: Callable[[], bool] = lambda: True,
    ) -> Iterator[Page]:
        """Every page above ``after``, to the end or while ``go_on()``. The next one is read while one is worked on."""
        with ThreadPoolExecutor(1, "studio-page") as reader:

            def read(from_: int) -> Future[Page]:
                return reader.submit(self.page, project, after=from_, since=since, size=size)

            coming: Future[Page] | None = read(after)
            while coming is not None:
                page = coming.result()
                coming = None if page.last or not go_on() else read(int(page.tasks[-1]["id"]))
                yield page

    def exported(
        self, project: int, tasks: Sequence[int], *, size: int = EXPORTED, go_on: Callable[[], bool] = lambda: True
    ) -> Iterator[Page]:
        """The tasks of these numbers, in order, by Label Studio's export, which tells them several times as fast as its
        list does; but it keeps a copy of each export, and tells nothing of tasks that are not asked for."""
        starts = iter(range(0, len(tasks), size))
        coming: deque[Future[Page]] = deque()
        readers = ThreadPoolExecutor(READERS, "studio-export")

        def read_on() -> None:
            while len(coming) < READERS and (start := next(starts, None)) is not None:
                last = start + size >= len(tasks)
                coming.append(readers.submit(self._export, project, tasks[start : start + size], last=last))

        try:
            read_on()
            while coming:
                page = coming.popleft().result()
                if go_on():
                    read_on()
                yield page
        finally:
            readers.shutdown(cancel_futures=True)

    def _export(self, project: int, tasks: Sequence[int], *, last: bool) -> Page:
        asked = "&".join(f"ids[]={number}" for number in tasks)  # as it stands: a line of a request has its limit
        path = f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true&{asked}"
        answer = self._ask("GET", path)
        found = sorted(answer.json(), key=lambda task: int(task["id"]))
        return Page(tuple(found), _clock(answer), last=last, upto=tasks[-1])

    def task(self, task: int) -> Page:
        """One task with its annotations; an empty page if it is gone."""
        answer = self._ask("GET", f"/api/tasks/{task}/", missing_ok=True)
        tasks = () if answer.status_code == 404 else (answer.json(),)
        return Page(tasks, _clock(answer), last=True)

    def invite_token(self) -> str:
        """The word without which nobody can sign up."""
        return str(self._ask("GET", "/api/invite").json()["token"])

    def set_webhook(self, project: int, url: str, secret: str) -> None:
        """Tell the project to call ``url`` on every change of an answer, with the secret in a header; once."""
        known = self._ask("GET", "/api/webhooks/", params={"project": project}).json()
        if any(hook.get("url") == url for hook in known):
            return
        body = {
            "project": project,
            "url": url,
            "send_payload": True,
            "send_for_all_actions": False,
            "headers": {"X-Chorale-Hook": secret},
            "actions": ["ANNOTATION_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_DELETED"],
        }
        self._ask("POST", "/api/webhooks/", json=body)

    def _ask(self, method: str, path: str, *, missing_ok: bool = False, **options: Any) -> httpx.Response:
        try:
            answer = self.http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise ConnectionError(f"Label Studio at {self.url} does not answer: {error!r}") from error
        if answer.status_code >= 500:
            raise ConnectionError(f"Label Studio failed with {answer.status_code} on {method} {path}")
        if answer.status_code >= 400 and not (missing_ok and answer.status_code == 404):
            told = answer.text[:300]
            raise ChoraleError("studio-refused", f"Label Studio refused {method} {path}: {answer.status_code} {told}")
        return answer


STAMP = "%Y-%m-%dT%H:%M:%S.%fZ"


def stamp(text: str) -> dt.datetime:
    """A time as Label Studio writes it, with its zone."""
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))


def _condition(column: str, kind: str, value: Any) -> Json:
    return {"filter": f"filter:{column}", "operator": "greater", "type": kind, "value": value}


def _clock(answer: httpx.Response) -> dt.datetime:
    """Label Studio's clock when it was asked (whole seconds, never ahead of it); its answer is dated at its end, and a
    long one does not hold what was written meanwhile."""
    return parsedate_to_datetime(answer.headers["date"]).astimezone(dt.UTC) - answer.elapsed
