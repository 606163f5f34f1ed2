"""Webhooks of Label Studio are hints: late, lost, repeated or forged, they change only how soon a pull happens."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from typing import Any

from chorale.jobs.tasks import pull_items
from chorale.store.models import StudioProject

log = logging.getLogger(__name__)
HEADER = "X-Chorale-Hook"
MOST = 200  # tasks a hint may name; the next sync finds the rest


def take_hint(project: int, secret: str, body: Mapping[str, Any]) -> bool:
    """Ask a worker to pull what a webhook names. False if the secret is not the project's.

    Nothing in ``body`` is believed but the numbers of tasks, and those are looked up in Label Studio.
    """
    row = StudioProject.objects.filter(pk=project).first()
    if row is None or not row.webhook_secret:
        return False
    if not hmac.compare_digest(row.webhook_secret.encode(), secret.encode()):
        return False
    numbers = named_tasks(body)
    try:
        if numbers:
            pull_items.delay(row.pk, numbers)
    except pull_items.OperationalError:
        log.warning("broker unreachable; the next sync brings what the hint named")
    return True


def named_tasks(body: Mapping[str, Any]) -> list[int]:
    """The numbers of the tasks that a webhook names; none for deletions, which name answers only."""
    task = body.get("task")
    tasks = task if isinstance(task, list) else [task]
    found = {t.get("id") for t in tasks if isinstance(t, Mapping)}
    return sorted(n for n in found if isinstance(n, int) and not isinstance(n, bool))[:MOST]
