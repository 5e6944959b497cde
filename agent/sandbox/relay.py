"""The one way out of a jail: a unix socket whose connections go to exactly one HOST:PORT."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

from agent.errors import BadInput


@dataclass(frozen=True, slots=True)
class Target:
    """A HOST:PORT that a jail may reach."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Target:
        """`HOST:PORT` or `[IPV6]:PORT`; raises BadInput."""
        host, _, port = text.strip().rpartition(":")
        host = host.removeprefix("[").removesuffix("]").lower()
        if not host or not _is_port(port) or any(c in host for c in "/@*, \t\n"):
            raise BadInput(f"--allow-net {text!r}: write HOST:PORT, for example 127.0.0.1:8080")
        if ":" in host and not _is_loopback(host):
            raise BadInput(f"--allow-net {text!r}: of the IPv6 addresses only [::1] can be passed into the jail")
        return cls(host, int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) < 65536


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # A name with a colon in it is none.


class Relay:
    """Listens on a unix socket and passes every connection on to its target, and nowhere else.

    Runs in threads of this process, so it ends with it.
    """

    def __init__(self, target: Target, path: Path) -> None:
        self.target = target
        self.path = path
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        # The jail's user is not ours; only a jail that has the socket bound into it can see it at all.
        os.chmod(path, 0o666)
        self._listener.listen(64)
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._serve, name=f"relay {target}", daemon=True).start()

    def close(self) -> None:
        """Stop listening and cut what is open."""
        for sock in (self._listener, *tuple(self._open)):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self.path.unlink(missing_ok=True)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        try:
            upstream = socket.create_connection((self.target.host, self.target.port), timeout=20)
        except OSError:
            client.close()
            return
        upstream.settimeout(None)
        pair = {client, upstream}
        self._open |= pair
        back = threading.Thread(target=_pump, args=(upstream, client), daemon=True)
        back.start()
        _pump(client, upstream)
        back.join()
        self._open -= pair
        for sock in pair:
            sock.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
