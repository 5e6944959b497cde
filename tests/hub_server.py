"""A model hub on loopback: the few requests that fetching a model makes, answered from a folder."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "5" * 40


class HubServer:
    """Serves one model from a folder; `spoil` names a file whose contents arrive damaged."""

    def __init__(self, name: str, folder: Path, spoil: str = "") -> None:
        self.name, self.folder, self.spoil = name, folder, spoil
        self.requests: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub.answer(self, body=True)

            def do_HEAD(self) -> None:
                hub.answer(self, body=False)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> HubServer:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, *, body: bool) -> None:
        path = request.path.partition("?")[0]
        self.requests.append(f"{request.command} {path}")
        files = sorted(p.name for p in self.folder.iterdir() if p.is_file())
        if re.fullmatch(rf"/api/models/{self.name}(/revision/\w+)?", path):
            listing = {"id": self.name, "sha": COMMIT, "siblings": [{"rfilename": name} for name in files]}
            return self._send(request, json.dumps(listing).encode(), {"Content-Type": "application/json"}, body)
        if re.fullmatch(rf"/api/models/{self.name}/tree/\w+", path):
            tree = [
                {"type": "file", "path": n, "size": (self.folder / n).stat().st_size, "oid": self._etag(n)}
                for n in files
            ]
            return self._send(request, json.dumps(tree).encode(), {"Content-Type": "application/json"}, body)
        found = re.fullmatch(rf"/{self.name}/resolve/\w+/(.+)", path)
        if found and found[1] in files:
            data = (self.folder / found[1]).read_bytes()
            if found[1] == self.spoil:
                data = bytes([data[0]]) + bytes(len(data) - 1) if found[1].endswith("txt") else data[:-1] + b"\x7f"
            headers = {"ETag": f'"{self._etag(found[1])}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
            return self._send(request, data, headers, body)
        return self._send(request, b"{}", {"X-Error-Code": "RepoNotFound"}, body, status=404)

    def _etag(self, name: str) -> str:
        """As at the hub: sha256 for large files, the git blob's hash for the rest."""
        data = (self.folder / name).read_bytes()
        if name.endswith(".safetensors"):
            return hashlib.sha256(data).hexdigest()
        return hashlib.sha1(f"blob {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()

    @staticmethod
    def _send(
        request: BaseHTTPRequestHandler, data: bytes, headers: dict[str, str], body: bool, status: int = 200
    ) -> None:
        request.send_response(status)
        for key, value in {"Content-Length": str(len(data)), **headers}.items():
            request.send_header(key, value)
        request.end_headers()
        if body:
            request.wfile.write(data)
