"""What a rater's page gets to see. Every answer is built from named fields, so that nothing new can slip through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotation.studio.client import Json
from chorale.proxy.tickets import Visitor
from chorale.store.models import Seat
from chorale.store.studio_checks import author

PROJECT = (
    "id", "label_config", "expert_instruction", "show_instruction", "show_skip_button", "enable_empty_annotation",
    "show_annotation_history", "color", "sampling", "skip_queue", "config_has_control_tags", "control_weights",
    "parsed_label_config", "maximum_annotations", "created_at", "is_published", "interfaces",
)  # fmt: skip
ANNOTATION = (
    "id", "result", "was_cancelled", "ground_truth", "created_at", "updated_at", "draft_created_at", "lead_time",
    "parent_prediction", "parent_annotation", "unique_id",
)  # fmt: skip
DRAFT = ("id", "result", "lead_time", "was_postponed", "created_at", "updated_at", "annotation")
FIELDS = ("text", "media", "context", "speaker", "caption", "clip", "together")  # what an item can hold there
PERMISSIONS = ["projects.view", "tasks.view", "annotations.create", "annotations.view", "annotations.change"]


def picked(source: Mapping[str, Any], names: tuple[str, ...]) -> Json:
    """The named fields that are there."""
    return {name: source[name] for name in names if name in source}


def person(visitor: Visitor, number: int) -> Json:
    """The rater as Label Studio's page needs a user to look: a pseudonym and nothing else."""
    name = visitor.rater.pseudonym
    return {
        "id": number,
        "first_name": name,
        "last_name": "",
        "username": name,
        "email": f"{name}@raters.invalid",
        "avatar": None,
        "initials": "".join(part[0] for part in name.split("-")[:2]).upper(),
        "phone": "",
        "active_organization": 1,
        "active_organization_meta": {"title": "", "email": ""},
        "allow_newsletters": False,
        "custom_hotkeys": {},
        "date_joined": "2020-01-01T00:00:00Z",
        "last_activity": "2020-01-01T00:00:00Z",
    }


def project(source: Json, visitor: Visitor, done: int) -> Json:
    """A project without its people, counts and settings; the numbers are the rater's own."""
    shape = picked(source, PROJECT)
    return shape | {
        "title": visitor.campaign.title,
        "description": "",
        "show_collab_predictions": visitor.campaign.arm == "assisted",
        "evaluate_predictions_automatically": False,
        "model_version": "",
        "task_count": visitor.campaign.items,
        "task_number": visitor.campaign.items,
        "annotation_count": done,
        "num_tasks_with_annotations": done,
        "total_annotations_number": done,
        "queue_total": visitor.campaign.items,
        "queue_done": done,
    }


def annotation(source: Json, seat: Seat, visitor: Visitor, number: int) -> Json:
    """One of the rater's own answers; ``number`` is the rater's in Label Studio."""
    shape = picked(source, ANNOTATION) | {"completed_by": number, "created_username": "", "created_ago": ""}
    return shape | {"task": seat.pk, "project": visitor.home}


def draft(source: Json, seat: Seat) -> Json:
    """One of the rater's own drafts."""
    return picked(source, DRAFT) | {"task": seat.pk, "created_username": "", "created_ago": "", "user": ""}


def task(source: Json, seat: Seat, visitor: Visitor, number: int) -> Json:
    """A task with the rater's own answers and drafts; a suggestion only where this seat was drawn to see one.

    Its number and its times are the seat's: those of Label Studio would tell check items apart (they came there
    together) and when others have answered.
    """
    email = visitor.account.email
    own = [annotation(a, seat, visitor, number) for a in source.get("annotations", []) if author(a) == number]
    drafts = [
        draft(d, seat) for d in source.get("drafts", []) if d.get("user") in (email, number) and not d.get("annotation")
    ]
    given = seat.created_at.isoformat()
    return {
        "id": seat.pk,
        "inner_id": seat.pk,
        "data": picked(source.get("data", {}), FIELDS),
        "created_at": given,
        "updated_at": given,
        "is_labeled": bool(own),
        "project": visitor.home,
        "annotations": own,
        "drafts": drafts,
        "predictions": [suggestion(seat)] if seat.arm == "assisted" and seat.suggestion else [],
        "meta": {},
        "total_annotations": len(own),
        "cancelled_annotations": 0,
        "total_predictions": 0,
        "updated_by": [],
        "annotators": [],
        "comment_count": 0,
        "unresolved_comment_count": 0,
        "comment_authors": [],
    }


def suggestion(seat: Seat) -> Json:
    """A model's suggestion, shown to this rater for this item alone; Label Studio itself never holds it."""
    shown = seat.suggestion or {}
    return {
        "id": seat.pk,
        "result": shown.get("result", []),
        "model_version": "suggestion",
        "score": None,
        "task": seat.pk,
        "created_ago": "",
        "created_at": "2020-01-01T00:00:00Z",
    }
