"""A campaign's judgments as Parquet at any time, for those who run it: kept until the next export, or an erasure.

Every current judgment of people is in it, whatever they consented to be released: it is for the makers of the campaign
and not for passing on (a release asks for consent; SCIENCE rule 21). Pseudonyms are the same in every export here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404

from chorale.store import access, audit, drawing, object_store, signed_links
from chorale.store.models import Campaign, Job, User
from chorale.store.models.people import Role
from exports.manifest import sha256_of
from exports.ratings import write_ratings
from exports.scratch import scratch_folder

KIND = "export_campaign"
_KIND = "campaign-export"
Json = dict[str, Any]


@dataclass(frozen=True)
class Link:
    """What a signed link stands for: a file of an export, and who asked for it."""

    job: Job
    name: str
    by: User

    @property
    def facts(self) -> Json:
        """``key``, ``bytes``, ``sha256`` of the file."""
        facts: Json = self.job.result["files"][self.name]
        return facts


def write(campaign: Campaign, folder: Path, progress: Callable[[int], None] | None = None) -> int:
    """Write `judgments.parquet` and `raters.parquet` into a new folder; how many judgments. See `write_ratings`."""
    salt = hashlib.sha256(f"ratings {settings.PSEUDONYM_KEY}".encode()).digest()
    with drawing.campaign_ratings(campaign) as source:
        return write_ratings(folder, source, salt=salt, progress=progress)


def keep(job: Job, progress: Callable[[int], None]) -> Json:
    """Write the export of a job into the object store: its judgments, and each file's key, size and hash."""
    campaign = Campaign.objects.get(slug=job.params["campaign"])
    fs, root = object_store.filesystem()
    files: Json = {}
    with scratch_folder() as spare:
        count = write(campaign, spare / "export", progress)
        for path in sorted((spare / "export").iterdir()):
            key = f"{_folder(job)}/{path.name}"
            fs.makedirs(f"{root}/{_folder(job)}", exist_ok=True)
            fs.put_file(str(path), f"{root}/{key}")
            files[path.name] = {"key": key, "bytes": path.stat().st_size, "sha256": sha256_of(path)}
    return {"campaign": campaign.slug, "judgments": count, "files": files}


def record(by: User | None, campaign: Campaign, told: Json) -> None:
    """One line of who took a campaign's judgments out."""
    audit.record(by, "campaign.export", campaign, **told)


def latest(campaign: Campaign) -> Job | None:
    """The newest finished export, its files there or taken out by an erasure."""
    done = Job.objects.filter(kind=KIND, state="done", params__campaign=campaign.slug)
    return done.order_by("-finished_at", "-pk").first()


def under_way(campaign: Campaign) -> Job | None:
    """The export that is being made now."""
    live = Job.objects.filter(kind=KIND, state__in=["queued", "running", "paused"], params__campaign=campaign.slug)
    return live.order_by("-pk").first()


def forget_older(job: Job) -> int:
    """Remove the files of earlier exports of the same campaign; how many exports lost theirs."""
    earlier = Job.objects.filter(kind=KIND, params__campaign=job.params["campaign"], pk__lt=job.pk)
    return sum(_drop(one, "A later export took its place.") for one in earlier)


def erase(campaigns: list[str], *, by: User | None = None) -> int:
    """Remove every kept export of these campaigns, as somebody's answers in them are erased; how many there were.

    One that is being made is asked to stop, as it may have read them; resumed, it reads anew.
    """
    kept = Job.objects.filter(kind=KIND, params__campaign__in=campaigns)
    for job in kept.filter(state="running", cancel=False):
        Job.objects.filter(pk=job.pk).update(cancel=True)
        audit.record(by, "job.cancel", job, why="An answer in it is erased.")
    return sum(_drop(one, "An answer in it was erased. Export again.") for one in kept)


def discard(job: Job) -> None:
    """Remove what a stopped export had kept already."""
    _drop(job, "It was stopped. Export again.")


def _drop(job: Job, why: str) -> bool:
    fs, root = object_store.filesystem()
    there = bool(fs.exists(f"{root}/{_folder(job)}"))
    if there:
        fs.rm(f"{root}/{_folder(job)}", recursive=True)
    if job.result.get("files"):
        job.result = job.result | {"files": {}, "gone": why}
        job.save(update_fields=["result"])
    return there


def _folder(job: Job) -> str:
    return f"campaign-exports/{job.params['campaign']}/{job.uuid}"


def sign(job: Job, name: str, by: User) -> str:
    """A token for one file, good for some hours as long as this person may see the campaign; 404 for no file."""
    if name not in job.result.get("files", {}):
        raise Http404
    return signed_links.sign(_KIND, job.pk, name, by.pk)


def opened(token: str) -> Link:
    """What a token stands for. ChoraleError `link-expired` or `link-broken`; 404 where nothing is left of it.

    What has changed since counts: a person who is no admin any more, or a file that is gone, gives nothing.
    """
    key, name, who = signed_links.opened(_KIND, token, parts=3, source="campaign")
    by, job = User.objects.filter(pk=who, is_active=True).first(), Job.objects.filter(pk=key, kind=KIND).first()
    if by is None or job is None or name not in job.result.get("files", {}) or Role.ADMIN not in access.roles(by):
        raise Http404
    return Link(job, name, by)
