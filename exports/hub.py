"""A release in a dataset repository of the Hugging Face hub: the newest version on `main`, each version under its tag.

Every version is one commit without ancestors, so that a version whose tag is taken away leaves nothing behind it.
"""

from __future__ import annotations

import importlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from exports.manifest import MANIFEST, read_manifest
from exports.withdrawal import tombstones
from harmonize.problems import ChoraleError

HUB = "hf://datasets/"
KIND = "dataset"

REFUSED = {
    400: ("did not understand", "Check the name of the repository."),
    401: ("does not know the token", "Set HF_TOKEN to a token of the hub that may write."),
    403: ("does not let this token write there", "Give the token the right to write, or name another owner."),
    404: ("has no such repository, or does not show it to this token", "Check the owner, the name and the token."),
    409: ("found that somebody else changed the repository meanwhile", "Mirror again."),
    412: ("found that somebody else changed the repository meanwhile", "Mirror again."),
    413: ("takes no file as large as that", "Mirror to a store of your own."),
    429: ("asks for fewer requests for a while", "Mirror again in some minutes: what it has is not sent twice."),
}
"""What a status says of the hub, and what to do. Those from 500 on are the hub's own trouble."""


def push(folder: Path, repository: str, *, token: str | None = None) -> str:
    """Push a sound release to ``repository`` (OWNER/NAME); the commit it became, empty where its tag only went.

    A repository that is made for it is private until all is there. ``HF_ENDPOINT`` names a hub of one's own,
    ``HF_TOKEN`` the key where no ``token`` is given. What was withdrawn leaves the repository with its tag, its commit
    and its stored files. Raises `ChoraleError`: `mirror-taken` where something else lies there, `mirror-older` where a
    newer version does, `mirror-refused` and `mirror-unreachable` with what the hub said.
    """
    with _told():
        there = _Repository(repository, token)
        stated, gone = read_manifest(folder), tombstones(folder)
        holds = there.manifest()
        if there.new or not holds:
            _require_empty(there)
        elif holds.get("name") != stated["name"]:
            raise _taken(repository, f"{holds.get('name')} {holds.get('version')}")
        if holds and _number(holds) > _number(stated):
            if not gone:
                what = f"{repository} holds {holds['version']} already, which is newer than {stated['version']}."
                raise ChoraleError("mirror-older", what, "Push versions in their order, or name another repository.")
            there.untag(stated["version"])
            there.forget(gone)
            return ""
        return there.hold(folder, stated, gone)


def _number(manifest: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(int(part) for part in str(manifest.get("version", "0")).split(".") if part.isdigit())


def _taken(repository: str, what: str) -> ChoraleError:
    return ChoraleError("mirror-taken", f"{repository} holds {what}.", "Name a repository of its own for each release.")


def _require_empty(there: _Repository) -> None:
    """What the hub makes by itself may be there, and what a push that was broken off left: its manifest goes last."""
    strange = [] if there.new else [name for name in there.files() if name not in (".gitattributes", "README.md")]
    if strange and "recipe.toml" not in strange:
        raise _taken(there.name, f"{len(strange)} files that are no release")


class _Repository:
    """A dataset repository as this token sees it; made, and private, where there is none."""

    def __init__(self, name: str, token: str | None) -> None:
        self.errors = importlib.import_module("huggingface_hub.errors")
        self.client = _client_library().HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=token)
        self.name = name
        self.new = not self.client.repo_exists(name, repo_type=KIND)
        if self.new:
            self.client.create_repo(name, repo_type=KIND, private=True, exist_ok=True)

    def files(self) -> list[str]:
        return list(self.client.list_repo_files(self.name, repo_type=KIND))

    def manifest(self) -> dict[str, Any]:
        """That of the release on `main`; empty where none is finished there."""
        if self.new:
            return {}
        with tempfile.TemporaryDirectory(prefix="chorale-") as spare:
            try:
                path = self.client.hf_hub_download(self.name, MANIFEST, repo_type=KIND, local_dir=spare)
            except self.errors.RemoteEntryNotFoundError:
                return {}
            try:
                return dict(json.loads(Path(path).read_bytes()))
            except ValueError:
                return {"name": "something", "version": "unreadable"}

    def hold(self, folder: Path, stated: Mapping[str, Any], gone: Mapping[str, Any]) -> str:
        """Every file of the release and no other, as one commit under the version's tag, open to everybody."""
        told = f"{stated['name']} {stated['version']}"
        self.client.upload_folder(
            repo_id=self.name, repo_type=KIND, folder_path=folder, commit_message=told, delete_patterns=["*"]
        )
        self.client.super_squash_history(self.name, repo_type=KIND, commit_message=told)
        self.untag(stated["version"])
        self.client.create_tag(self.name, repo_type=KIND, tag=stated["version"])
        if gone:
            self.forget(gone)
        if self.new:
            self.client.update_repo_settings(self.name, repo_type=KIND, private=False)
        return str(self.client.repo_info(self.name, repo_type=KIND).sha)

    def untag(self, version: str) -> None:
        """Take a version's tag away, if it has one: with it goes the commit that nothing else leads to."""
        if any(tag.name == version for tag in self.client.list_repo_refs(self.name, repo_type=KIND).tags):
            self.client.delete_tag(self.name, repo_type=KIND, tag=version)

    def forget(self, gone: Mapping[str, Any]) -> None:
        """Delete the stored bytes of withdrawn files, which outlive every commit that names them."""
        hashes = {stone["sha256"] for stone in gone.values()}
        held = [one for one in self.client.list_lfs_files(self.name, repo_type=KIND) if one.file_oid in hashes]
        if held:
            self.client.permanently_delete_lfs_files(self.name, held, repo_type=KIND)


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the hub and of the way to it, in words."""
    _client_library()
    found = importlib.import_module("huggingface_hub.errors")
    try:
        yield
    except found.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        said, fix = REFUSED.get(status, ("has trouble of its own", "Mirror again later."))
        raise ChoraleError("mirror-refused", f"The hub {said} ({status}). {_last(error)}", fix) from error
    except found.HFValidationError as error:
        raise ChoraleError("mirror-refused", _last(error), "Write OWNER/NAME.") from error
    except (found.HTTPError, found.LocalEntryNotFoundError, ConnectionError, TimeoutError) as error:
        what = f"The hub cannot be reached: {_last(error) or type(error).__name__}"
        raise ChoraleError("mirror-unreachable", what, "Check the network and HF_ENDPOINT, then again.") from error


def _last(error: Exception) -> str:
    """The last line of what the hub said, which is its own word."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def _client_library() -> Any:
    try:
        return importlib.import_module("huggingface_hub")
    except ImportError as error:
        fix = "Install chorale with the extra `hub`."
        raise ChoraleError("no-hub", "The package huggingface_hub is not installed.", fix) from error
