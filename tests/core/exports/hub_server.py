"""A hub of one's own: the few requests of the Hugging Face hub that a push makes, over real HTTP, files kept in memory.

The real hub cannot be had in a test; its client can, and it is the one that speaks here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import yaml

TOKEN = "hf_test"


class Repository:
    """What a dataset repository holds: every commit's files on `main`, and those that each tag leads to."""

    def __init__(self) -> None:
        self.main: list[dict[str, bytes]] = [{}]
        self.tags: dict[str, list[dict[str, bytes]]] = {}
        self.stored: dict[str, str] = {}  # large files, by hash: they outlive the commits that name them
        self.private = True

    @property
    def files(self) -> dict[str, bytes]:
        return self.main[-1]

    def reachable(self) -> set[str]:
        """The hash of every content that somebody could still ask for."""
        kept = [*self.main, *(commit for line in self.tags.values() for commit in line)]
        return {hashlib.sha256(data).hexdigest() for files in kept for data in files.values()} | set(self.stored)


class Hub:
    """What the hub holds, what it was asked, and what it answers instead where it is told to (``refuses``)."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.commits: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.refuses: tuple[str, int] | None = None  # part of a path, and the status
        self.url = ""

    def commit(self, repository: str, lines: list[dict[str, Any]]) -> str:
        """Apply one commit's operations; Parquet is kept as the real hub keeps large files."""
        row = self.repositories[repository]
        files = dict(row.files)
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
                if value["path"].endswith(".parquet"):
                    row.stored[hashlib.sha256(files[value["path"]]).hexdigest()] = value["path"]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        row.main.append(files)
        self.commits.append(lines[0]["value"])
        return hashlib.sha1(json.dumps(lines).encode()).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, status: int, value: Any, **headers: str) -> None:
        raw = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, said in {"Content-Type": "application/json", "Content-Length": str(len(raw)), **headers}.items():
            self.send_header(name.replace("_", "-"), said)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def _let_in(self) -> bool:
        """Note what is asked; whether the token and the hub's mood allow it."""
        self.hub.asked.append(f"{self.command} {self.path}")
        refused = self.hub.refuses
        known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if known and not (refused and refused[0] in self.path):
            return True
        self._body()
        status = refused[1] if refused and known else 401
        self._answer(status, {"error": "Invalid username or password." if status == 401 else "Not now."})
        return False

    def _repository(self) -> tuple[str, Repository | None]:
        found = re.match(r"(?:/api)?/datasets/([^/]+/[^/?]+)", self.path)
        return (found.group(1), self.hub.repositories.get(found.group(1))) if found else ("", None)

    def do_GET(self) -> None:
        if not self._let_in():
            return
        name, row = self._repository()
        if row is None:
            self._answer(404, {"error": "Repository not found"}, X_Error_Code="RepoNotFound")
        elif "/resolve/" in self.path:
            data = row.files.get(self.path.rsplit("/", 1)[-1])
            if data is None:
                self._answer(404, {"error": "Entry not found"}, X_Error_Code="EntryNotFound")
            else:
                self._answer(200, data, ETag=f'"{hashlib.sha1(data).hexdigest()}"', X_Repo_Commit="0" * 40)
        elif "/tree/" in self.path:
            self._answer(200, [{"type": "file", "path": p, "size": len(d), "oid": "0"} for p, d in row.files.items()])
        elif self.path.endswith("/refs"):
            tags = [{"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": "0" * 40} for tag in row.tags]
            self._answer(200, {"branches": [], "converts": [], "tags": tags})
        elif self.path.endswith("/lfs-files"):
            told = {"oid": "0", "pushedAt": "2026-01-01T00:00:00.000Z", "size": 1, "ref": "main", "xetHash": None}
            self._answer(200, [{"fileOid": key, "filename": path} | told for key, path in row.stored.items()])
        else:
            self._answer(200, {"id": name, "sha": "0" * 40, "siblings": [{"rfilename": path} for path in row.files]})

    do_HEAD = do_GET

    def do_DELETE(self) -> None:
        if self._let_in():
            row = self._repository()[1]
            assert row is not None
            del row.tags[self.path.rsplit("/", 1)[-1]]
            self._answer(200, {})

    def do_PUT(self) -> None:
        if self._let_in():
            row, told = self._repository()[1], json.loads(self._body())
            assert row is not None
            row.private = told["visibility"] == "private"
            self._answer(200, {})

    def do_POST(self) -> None:
        if not self._let_in():
            return
        body = self._body()
        name, row = self._repository()
        if self.path == "/api/repos/create":
            told = json.loads(body)
            name = f"{told['organization']}/{told['name']}" if told.get("organization") else f"me/{told['name']}"
            self.hub.repositories.setdefault(name, Repository()).private = told.get("visibility") == "private"
            self._answer(200, {"url": f"{self.hub.url}/datasets/{name}"})
        elif self.path == "/api/validate-yaml":
            front = json.loads(body)["content"].split("---\n")[1]
            sound = isinstance(yaml.safe_load(front), dict)
            self._answer(200, {"errors": [] if sound else [{"message": "no mapping"}]})
        elif row is None:
            self._answer(404, {"error": self.path}, X_Error_Code="RepoNotFound")
        elif "/preupload/" in self.path:
            asked = json.loads(body)["files"]
            # All inline: large files go by the client's own storage protocol, which only the real hub speaks.
            modes = [{"path": f["path"], "shouldIgnore": False, "uploadMode": "regular"} for f in asked]
            self._answer(200, {"files": modes})
        elif "/commit/" in self.path:
            oid = self.hub.commit(name, [json.loads(line) for line in body.splitlines() if line.strip()])
            self._answer(200, {"commitUrl": f"{self.hub.url}/datasets/{name}/commit/{oid}", "commitOid": oid})
        else:
            self._changed(row, body)

    def _changed(self, row: Repository, body: bytes) -> None:
        if "/tag/" in self.path:
            row.tags[json.loads(body)["tag"]] = list(row.main)
        elif "/super-squash/" in self.path:
            row.main = row.main[-1:]
        elif self.path.endswith("/lfs-files/batch"):
            for key in json.loads(body)["deletions"]["sha"]:
                del row.stored[key]
        else:
            self._answer(404, {"error": self.path})
            return
        self._answer(200, {})


@contextmanager
def serving() -> Iterator[Hub]:
    """The hub on a free port of this machine, in a thread."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
