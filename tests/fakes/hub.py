"""A model hub on the loopback interface: as much of its HTTP interface as loading a model or a data set asks."""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Repo:
    """A repository at its only commit: files by path. `kind` is `models` or `datasets`.

    `at` is its commit where that is not of its files. `gate`: the status that its files are refused with, 401 to who is
    not logged in, 403 to who was not let in; what it is about is open to all.
    """

    kind: str
    name: str
    files: Mapping[str, bytes]
    at: str = ""
    gate: int = 0

    @property
    def commit(self) -> str:
        """40 hex digits, as git gives them."""
        if self.at:
            return self.at
        parts = [f"{path}:{hashlib.sha1(data).hexdigest()}" for path, data in sorted(self.files.items())]
        return hashlib.sha1("\n".join(parts).encode()).hexdigest()


@dataclass
class Hub:
    """A running hub: its address, and every path that was asked for."""

    url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def serve(*repos: Repo) -> Iterator[Hub]:
    """Serve these repositories until the block ends."""
    hub = Hub("")

    handler = type("Handler", (_Handler,), {"known": {(r.kind, r.name): r for r in repos}, "asked": hub.asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    known: ClassVar[Mapping[tuple[str, str], Repo]]
    asked: ClassVar[list[str]]

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._answer(self.rfile.read(length))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _answer(self, body: bytes = b"") -> None:
        path = unquote(urlsplit(self.path).path)
        self.asked.append(f"{self.command} {path}")
        parts = path.strip("/").split("/")
        if parts[0] == "api":
            kind, owner, name, *rest = [*parts[1:], "", "", ""][: max(len(parts) - 1, 3)]
        else:
            kind = "datasets" if parts[0] == "datasets" else "models"
            owner, name, *rest = [*parts[kind == "datasets" :], "", ""][: max(len(parts) - (kind == "datasets"), 2)]
        repo = self.known.get((kind, f"{owner}/{name}"))
        if repo is None:
            return self._refused("RepoNotFound", 401)  # as the hub answers who is not logged in
        what, revision, *inner = [*rest, "", ""][: max(len(rest), 2)]
        if revision not in ("", "main", repo.commit):
            return self._refused("RevisionNotFound")
        file = "/".join(inner)
        if repo.gate and what == "resolve":
            return self._refused("GatedRepo", repo.gate)
        if what in ("", "revision"):
            return self._json(_about(repo))
        if what == "tree":
            return self._json(_tree(repo, file, recursive="recursive=true" in self.path.lower()))
        if what == "paths-info":
            wanted = json.loads(body)["paths"] if body[:1] == b"{" else []
            return self._json([entry for entry in _tree(repo, "", recursive=True) if entry["path"] in wanted])
        if what == "resolve" and file in repo.files:
            return self._file(repo, file)
        return self._refused("EntryNotFound")

    def _refused(self, code: str, status: int = 404) -> None:
        self._send(status, b"", {"X-Error-Code": code, "X-Error-Message": "not for you"})

    def _json(self, value: Any) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _file(self, repo: Repo, file: str) -> None:
        data = repo.files[file]
        etag = f'"{hashlib.sha1(data).hexdigest()}"'
        self._send(200, data, {"ETag": etag, "X-Repo-Commit": repo.commit, "Accept-Ranges": "bytes"})

    def _send(self, status: int, data: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _about(repo: Repo) -> dict[str, Any]:
    return {
        "id": repo.name,
        "sha": repo.commit,
        "private": False,
        "gated": "manual" if repo.gate else False,
        "disabled": False,
        "tags": [],
        "downloads": 0,
        "likes": 0,
        "lastModified": "2024-01-01T00:00:00.000Z",
        "siblings": [{"rfilename": path, "size": len(data)} for path, data in sorted(repo.files.items())],
    }


def _tree(repo: Repo, under: str, *, recursive: bool) -> list[dict[str, Any]]:
    """The files below a folder; without `recursive` those directly in it, and its folders."""
    files, folders = [], set()
    start = f"{under}/" if under else ""
    for path, data in sorted(repo.files.items()):
        inner = path.removeprefix(start)
        if path.startswith(start) and (recursive or "/" not in inner):
            oid = hashlib.sha1(data).hexdigest()
            files.append({"type": "file", "path": path, "size": len(data), "oid": oid})
        elif path.startswith(start):
            folders.add(start + inner.split("/")[0])
    return [*files, *({"type": "directory", "path": path, "size": 0, "oid": "0" * 40} for path in sorted(folders))]
