"""Where a model server is and with which key: what may be asked for at all, and what may be said about it.

The key stays in a `SecretStr` from the environment to the request's header; `Server.name` is all that a message,
a log or a trace ever says of a server.
"""

from __future__ import annotations

import importlib
import ipaddress
import os
import ssl
from functools import cached_property
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from agent.errors import BadInput
from agent.schema import Value

KEY_VARIABLE = "DESKHAND_API_KEY"
PLAIN_VARIABLE = "DESKHAND_PLAIN_KEY"
"""Set to 1 by who knows that the way to another machine is safe without https."""
PORTS = {"http": 80, "https": 443}


class Server(Value):
    """An OpenAI-compatible server. Made by `Server.at`, which refuses what is not safe to ask."""

    secure: bool
    host: str
    port: int
    path: str
    """What stands before `/chat/completions`, with a slash in front and none behind."""
    key: SecretStr = Field(default=SecretStr(""), repr=False, exclude=True)

    @classmethod
    def at(cls, url: str, key: SecretStr | None = None, *, plain_key: bool = False) -> Server:
        """The server that a person named, with the key that was given, else the environment's, else the keyring's.

        `http://host:8000`, `http://host:8000/v1` and `http://host:8000/v1/chat/completions` are one server.
        `plain_key`, or the environment, allows a key to travel unencrypted to another machine. Raises BadInput.
        """
        secure, host, port, path = _parts(url)
        key = key or key_for(host)
        _check_key(key)
        plain_key = plain_key or os.environ.get(PLAIN_VARIABLE) == "1"
        if key.get_secret_value() and not secure and not loopback(host) and not plain_key:
            mend = f"use https or a tunnel, or set {PLAIN_VARIABLE}=1 where the network is safe"
            raise BadInput(f"the key would travel unencrypted to {host}: {mend}")
        return cls(secure=secure, host=host, port=port, path=path, key=key)

    @property
    def name(self) -> str:
        """How the server is called in every message."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def scheme(self) -> str:
        return "https" if self.secure else "http"

    @property
    def local(self) -> bool:
        """Whether what is sent stays on this machine."""
        return loopback(self.host)

    @property
    def warning(self) -> str:
        """What a person should know before screens are sent there; empty where there is nothing."""
        if self.local:
            return ""
        readable = "" if self.secure else ", readable for everyone on the way: use https or a tunnel"
        return f"pictures of the screen leave this machine for {self.host}{readable}"

    @cached_property
    def tls(self) -> ssl.SSLContext | None:
        """Always verified; a private authority is named with SSL_CERT_FILE."""
        return ssl.create_default_context() if self.secure else None

    def hide(self, text: str) -> str:
        """What a server said, fit for a message: without the key, control characters, or more than a line of it."""
        key = self.key.get_secret_value()
        if key:
            text = text.replace(key, "(key)")
        text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return text if len(text) <= 240 else text[:239] + "…"


def _parts(url: str) -> tuple[bool, str, int, str]:
    """Scheme, host, port and path of an address. The address itself is not repeated: it may hold a password."""
    try:
        split = urlsplit(url.strip())
        port = split.port
    except ValueError:
        raise BadInput("the server's address can't be read: it should look like http://127.0.0.1:8000/v1") from None
    if split.scheme not in PORTS or not split.hostname:
        raise BadInput("the server's address should look like http://127.0.0.1:8000/v1")
    if split.username is not None or split.password is not None:
        raise BadInput(f"a key does not belong in the server's address: set {KEY_VARIABLE}")
    if split.query or split.fragment:
        raise BadInput("the server's address should end with its path: nothing after ? or #")
    host, path = split.hostname, split.path.rstrip("/").removesuffix("/chat/completions")
    if not all(c.isascii() and c.isprintable() and c != " " for c in host + path):
        raise BadInput("the server's address holds characters that no address has")
    return split.scheme == "https", host, port or PORTS[split.scheme], path or "/v1"


def _check_key(key: SecretStr) -> None:
    if any(not c.isascii() or not c.isprintable() or c == " " for c in key.get_secret_value()):
        raise BadInput("the server's key holds characters that no key has (a line break, a space?)")


def loopback(host: str) -> bool:
    """Whether a host is this machine by its very name, with no one to ask."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def key_for(host: str) -> SecretStr:
    """The key from the environment, else from the system's keyring (service `deskhand`, user: the host), else none."""
    if key := os.environ.get(KEY_VARIABLE, "").strip():
        return SecretStr(key)
    try:
        return SecretStr(importlib.import_module("keyring").get_password("deskhand", host) or "")
    except Exception:  # not installed, locked, no backend: there is no key then, and its error might name one
        return SecretStr("")
