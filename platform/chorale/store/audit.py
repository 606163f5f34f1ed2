"""The audit trail: every write leaves one Event."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from chorale.store.models import Event, User


def record(by: User | None, action: str, subject: Model, **detail: Any) -> Event:
    """Write one line: who (None: the system), what ("corpus.import"), to which row, with what particulars."""
    name = getattr(subject, "slug", None) or str(subject.pk)
    person = by if by is not None and by.pk else None
    return Event.objects.create(
        by=person, action=action, subject_type=subject._meta.model_name, subject=name, detail=detail
    )
