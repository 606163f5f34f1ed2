"""Who may take a release's files (public, registered, on acceptance of terms), by links that expire; who took what."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404

from chorale.store import access, audit, signed_links
from chorale.store.models import Release, TermsAcceptance, User
from exports.manifest import MANIFEST
from exports.withdrawal import TABLES, TOMBSTONES
from harmonize.problems import ChoraleError

_KIND = "release-file"
_BESIDE = (MANIFEST, TOMBSTONES)


class TermsNotAccepted(ChoraleError):
    """The release asks for its terms to be accepted first."""

    def __init__(self, release: Release) -> None:
        super().__init__(
            "terms-not-accepted",
            f"{release} is given on acceptance of its terms.",
            "Read and accept them on the page of the release.",
        )


@dataclass(frozen=True)
class Link:
    """What a signed link stands for."""

    release: Release
    name: str
    by: User | None


def terms_sha256(release: Release) -> str:
    """Hex SHA-256 of the terms exactly as they are shown."""
    return hashlib.sha256(release.terms.encode()).hexdigest()


def accepted(person: access.Person, release: Release) -> bool:
    """Whether this person accepted these very terms; True where the release has none."""
    if release.access != "terms":
        return True
    if not person.is_authenticated:
        return False
    return TermsAcceptance.objects.filter(user=person, release=release, terms_sha256=terms_sha256(release)).exists()


@transaction.atomic
def accept_terms(*, by: User, release: Release, sha256: str) -> TermsAcceptance:
    """Record that a person accepts the terms they were shown, named by hash. Again changes nothing.

    Raises ChoraleError `terms-changed` where the terms are others by now.
    """
    if release.access != "terms":
        raise ChoraleError("no-terms", f"{release} asks for no terms.", "Its files are open to you.")
    if sha256 != terms_sha256(release):
        raise ChoraleError("terms-changed", f"The terms of {release} have changed.", "Read them again.")
    row, made = TermsAcceptance.objects.get_or_create(user=by, release=release, terms_sha256=sha256)
    if made:
        audit.record(by, "release.accept-terms", release, version=release.version, terms_sha256=sha256)
    return row


def admit(person: access.Person, release: Release) -> None:
    """Let a person at the files, or raise: `PermissionDenied` for who must sign in, `TermsNotAccepted`."""
    if release.access != "public" and not person.is_authenticated:
        raise PermissionDenied
    if not accepted(person, release):
        raise TermsNotAccepted(release)


def file_facts(release: Release, name: str) -> dict[str, Any]:
    """What the manifest says of a file; `Http404` for one that it does not name or that is withdrawn."""
    facts: dict[str, Any] | None = release.manifest.get("files", {}).get(name)
    if facts is None and name in _BESIDE:
        return {}
    gone = release.state == "withdrawn" and name.endswith(TABLES)  # what was left may hold what was withdrawn
    if facts is None or gone:
        raise Http404
    return facts


def sign(release: Release, name: str, by: access.Person) -> str:
    """A token for one file and one person, good for some hours; whoever holds it may fetch that file."""
    admit(by, release)
    file_facts(release, name)
    return signed_links.sign(_KIND, release.pk, name, by.pk)


def opened(token: str) -> Link:
    """What a token stands for. Raises ChoraleError `link-expired` or `link-broken`, `Http404` where nothing is left.

    What has changed since counts: a release withdrawn or closed to this person gives nothing more.
    """
    key, name, who = signed_links.opened(_KIND, token, parts=3, source="release")
    by = User.objects.filter(pk=who, is_active=True).first()
    release = Release.objects.filter(pk=key, state__in=["frozen", "published", "withdrawn"]).first()
    if release is None or (who is not None and by is None) or (by is None and release.access != "public"):
        raise Http404
    return Link(release, name, by)


def record_download(link: Link, *, part: bool) -> None:
    """One line of who took what. Later parts of a download that was broken off leave none."""
    if not part:
        audit.record(link.by, "release.download", link.release, version=link.release.version, file=link.name)
