"""The manifest: what every file of a release is, to the byte, and a digest of the manifest itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from harmonize.problems import ChoraleError

MANIFEST = "manifest.json"
FORMAT = 1


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def canonical(value: Any) -> bytes:
    """One JSON text for one value: sorted keys, two-space indent, UTF-8, a newline at the end. NaN is refused."""
    return (json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def digest(value: Any) -> str:
    """SHA-256 over the canonical JSON of a value."""
    return hashlib.sha256(canonical(value)).hexdigest()


def describe(folder: Path) -> dict[str, dict[str, Any]]:
    """Every file under ``folder`` but the manifest: bytes, sha256 and, for Parquet, rows and schema."""
    files: dict[str, dict[str, Any]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if name == MANIFEST:
            continue
        facts: dict[str, Any] = {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
        if path.suffix == ".parquet":
            facts |= parquet_facts(path)
        files[name] = facts
    return files


def parquet_facts(path: Path) -> dict[str, Any]:
    """Rows and column types as the file itself states them."""
    with pq.ParquetFile(path) as file:
        schema = {field.name: str(field.type) for field in file.schema_arrow}
        return {"rows": file.metadata.num_rows, "schema": schema}


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the files of ``folder``, seal the manifest with its own digest and write it. Returns it."""
    manifest = {"format": FORMAT, **facts, "files": describe(folder)}
    manifest["digest"] = digest(manifest)
    (folder / MANIFEST).write_bytes(canonical(manifest))
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a release folder; `ChoraleError` unless its bytes are exactly what its digest was taken over."""
    path = folder / MANIFEST
    if not path.is_file():
        raise ChoraleError("release-no-manifest", f"{folder} has no {MANIFEST}.", "Name the folder of a release.")
    raw = path.read_bytes()
    try:
        manifest = json.loads(raw)
        stated = manifest.pop("digest")
        sound = stated == digest(manifest)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ChoraleError("manifest-broken", f"{path} cannot be read: {error}.", "Fetch the release again.") from error
    manifest["digest"] = stated
    # The bytes are compared too: white space or an escape changed in transit alters no value, yet is a change.
    if not sound or canonical(manifest) != raw:
        raise ChoraleError("manifest-changed", f"{path} was changed after it was sealed.", "Fetch the release again.")
    return dict(manifest)
