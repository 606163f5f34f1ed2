"""Whether a release folder is still what was published: every byte, every file, every count."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exports.manifest import MANIFEST, parquet_facts, read_manifest, sha256_of
from exports.withdrawal import TOMBSTONES, tombstones
from harmonize.problems import ChoraleError, Problem

AGAIN = "Fetch the release again."


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What `verify` found. ``files`` and ``bytes`` count what was read; ``withdrawn`` names files with a tombstone."""

    version: str
    files: int
    bytes: int
    problems: tuple[Problem, ...]
    withdrawn: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems

    def __str__(self) -> str:
        if self.ok and self.withdrawn:
            return f"WITHDRAWN: {', '.join(self.withdrawn)}; the other {self.files} files are unchanged."
        if self.ok:
            return f"OK: release {self.version}, {self.files} files, {self.bytes} bytes, all as published."
        return "\n".join([f"BROKEN: {len(self.problems)} problem(s).", *(f"  {p}" for p in self.problems)])


def verify(folder: Path) -> VerifyReport:
    """Check every file of ``folder`` against its manifest: presence, size, SHA-256, and Parquet rows and schema.

    Never raises for a bad release: what is wrong is in the report.
    """
    try:
        manifest = read_manifest(folder)
    except ChoraleError as error:
        return VerifyReport("?", 0, 0, (Problem(MANIFEST, str(error), error.fix, error.code),))
    problems: list[Problem] = []
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()} - {MANIFEST, TOMBSTONES}
    stated: dict[str, dict[str, Any]] = manifest["files"]
    for name in sorted(present - stated.keys()):
        problems.append(Problem(name, "is not in the manifest.", "Remove it.", "file-extra"))
    gone = _withdrawn(folder, stated, present, problems)
    for name in sorted(stated.keys() - present - set(gone)):
        problems.append(Problem(name, "is missing.", AGAIN, "file-missing"))
    read = 0
    for name in sorted(stated.keys() & present):
        read += (folder / name).stat().st_size
        problems.extend(_check(folder / name, name, stated[name]))
    problems.extend(_links(folder, stated))
    version = str(manifest.get("version", "?"))
    return VerifyReport(version, len(stated.keys() & present), read, tuple(problems), gone)


def _withdrawn(
    folder: Path, stated: dict[str, dict[str, Any]], present: set[str], problems: list[Problem]
) -> tuple[str, ...]:
    """The files that a tombstone speaks for; one that is still there, or was another file, is a problem."""
    try:
        told = tombstones(folder)
        hashes = {name: str(stone["sha256"]) for name, stone in told.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        problems.append(Problem(TOMBSTONES, "cannot be read.", AGAIN, "tombstone"))
        return ()
    for name, sha256 in sorted(hashes.items()):
        if name in present:
            problems.append(Problem(name, "is withdrawn and must not be here.", "Delete it.", "file-withdrawn"))
        elif stated.get(name, {}).get("sha256") != sha256:
            problems.append(Problem(name, "has a tombstone of another file.", AGAIN, "tombstone"))
    return tuple(sorted(hashes))


def _check(path: Path, name: str, facts: dict[str, Any]) -> list[Problem]:
    size = path.stat().st_size
    if size != facts["bytes"]:
        return [Problem(name, f"has {size} bytes instead of {facts['bytes']}.", AGAIN, "file-size")]
    if sha256_of(path) != facts["sha256"]:
        return [Problem(name, "has other bytes than those published (SHA-256 differs).", AGAIN, "file-hash")]
    if "rows" not in facts:
        return []
    found = parquet_facts(path)
    if found["rows"] != facts["rows"]:
        what = f"has {found['rows']} rows instead of {facts['rows']}."
        return [Problem(name, what, "Report it: the manifest was wrong when sealed.", "file-rows")]
    if found["schema"] != facts["schema"]:
        return [Problem(name, "has another schema than stated.", "Report it: the manifest was wrong.", "file-schema")]
    return []


def _links(folder: Path, stated: dict[str, dict[str, Any]]) -> list[Problem]:
    """A link with the right bytes behind it can change later without any file here changing."""
    links = sorted(name for name in stated if (folder / name).is_symlink())
    return [Problem(name, "is a link, not a file.", "Replace it by the file.", "file-link") for name in links]
