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


class Hub:
    """What the hub holds: files by repository, commits, tags."""

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.commits: list[dict[str, Any]] = []
        self.tags: dict[str, str] = {}
        self.asked: list[str] = []
        self.url = ""

    def commit(self, repository: str, lines: list[dict[str, Any]]) -> str:
        """Apply one commit's operations."""
        files = self.repositories[repository]
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        self.commits.append(lines[0]["value"])
        return hashlib.sha1(json.dumps(lines).encode()).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, status: int, value: Any) -> None:
        raw = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _let_in(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            return True
        self._body()
        self._answer(401, {"error": "Invalid username or password."})
        return False

    def do_GET(self) -> None:
        self.hub.asked.append(f"GET {self.path}")
        if not self._let_in():
            return
        repository = re.match(r"/api/datasets/([^/]+/[^/]+)", self.path)
        name = repository.group(1) if repository else ""
        files = self.hub.repositories.get(name, {})
        if "/tree/" in self.path:
            self._answer(200, [{"type": "file", "path": p, "size": len(d), "oid": "0"} for p, d in files.items()])
            return
        self._answer(200, {"id": name, "sha": "0" * 40, "siblings": [{"rfilename": path} for path in files]})

    def do_POST(self) -> None:
        self.hub.asked.append(f"POST {self.path}")
        if not self._let_in():
            return
        body = self._body()
        if self.path == "/api/repos/create":
            told = json.loads(body)
            name = f"{told['organization']}/{told['name']}" if told.get("organization") else f"me/{told['name']}"
            self.hub.repositories.setdefault(name, {})
            self._answer(200, {"url": f"{self.hub.url}/datasets/{name}"})
        elif self.path == "/api/validate-yaml":
            front = json.loads(body)["content"].split("---\n")[1]
            self._answer(
                200, {"errors": [] if isinstance(yaml.safe_load(front), dict) else [{"message": "no mapping"}]}
            )
        elif "/preupload/" in self.path:
            asked = json.loads(body)["files"]
            # All inline: large files go by the client's own storage protocol, which only the real hub speaks.
            modes = [{"path": f["path"], "shouldIgnore": False, "uploadMode": "regular"} for f in asked]
            self._answer(200, {"files": modes})
        elif "/commit/" in self.path:
            name = self.path.split("/api/datasets/")[1].split("/commit/")[0]
            oid = self.hub.commit(name, [json.loads(line) for line in body.splitlines() if line.strip()])
            self._answer(200, {"commitUrl": f"{self.hub.url}/datasets/{name}/commit/{oid}", "commitOid": oid})
        elif "/tag/" in self.path:
            self.hub.tags[json.loads(body)["tag"]] = self.path.rsplit("/", 1)[-1]
            self._answer(200, {})
        else:
            self._answer(404, {"error": self.path})


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
