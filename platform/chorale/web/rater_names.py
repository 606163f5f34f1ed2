"""Model raters in words: which model, asked in which way, about what."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from chorale.store.models import Judgment, Rater


def about(rater: Rater) -> str:
    """The model and the way in which it was asked; whether it is a stage, or speaks through a map."""
    model = rater.model
    way = (model.get("parameters") or {}).get("name", "")
    stage = f"stage {model['stage']}" if model.get("stage") else ""
    through = f"calibrated by {model['calibration']}" if model.get("calibration") else ""
    return ", ".join(str(part) for part in (model.get("name") or model.get("engine"), way, stage, through) if part)


def choices(*, calibrated: bool = True) -> list[tuple[str, str]]:
    """Model raters that have judged something, those of one scheme together; without those that speak through a map
    where ``calibrated`` is false."""
    judged = Judgment.objects.filter(rater=OuterRef("pk"))
    rows = Rater.objects.filter(Exists(judged), kind="model").order_by("model__scheme", "model__name", "pseudonym")
    return [(row.pseudonym, _whole(row)) for row in rows if calibrated or not row.model.get("calibration")]


def _whole(rater: Rater) -> str:
    model = rater.model
    prompt = (model.get("prompt_version") or "").partition("#")[0]
    parts = (model.get("scheme"), model.get("perspective"), about(rater), prompt)
    return f"{', '.join(str(part) for part in parts if part)} ({rater.pseudonym})"
