"""`--web`: the same screens in a browser on this machine, behind a token.

The token is the first part of every address, so nothing is told to who doesn't know it, and no cookie goes to other
ports. `Host` and `Origin` are checked too: a page of another site that makes its own name mean this machine (DNS
rebinding) or that opens the socket itself gets 403 even if it learnt the token. Nothing is loaded from elsewhere,
and no page may put ours into a frame.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import secrets
import shlex
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.server import Server

from agent.errors import BadInput

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
COMMAND = (sys.executable, "-m", "agent.ui.cli", "ui")
_PAGE = Path(__file__).parent / "page"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guarded(Server):
    """Serves one screen at a time on the loopback, to who knows the token and nobody else.

    With `once` there is only one screen, and the server ends with it.
    """

    def __init__(self, port: int, command: tuple[str, ...] = COMMAND, token: str = "", *, once: bool = False) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            shlex.join(command), host=HOST, port=port, title="Deskhand", templates_path=_PAGE
        )
        self.token = token or secrets.token_urlsafe(32)
        self._names = {f"{HOST}:{port}", f"localhost:{port}"}
        self._taken, self._once, self._ending = False, once, False
        self._open: web.WebSocketResponse | None = None

    @property
    def address(self) -> str:
        """What the person opens."""
        return f"{self.public_url}/{self.token}/"

    async def make_app(self) -> web.Application:
        """The routes, all of them below the token."""
        app = web.Application(middlewares=[self._guard])
        pages = aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(_PAGE), autoescape=jinja2.select_autoescape())
        pages.globals["once"] = self._once  # pyright: ignore[reportUnknownMemberType]
        below = f"/{self.token}"
        app.add_routes(
            [
                web.get(f"{below}/", self.handle_index, name="index"),
                web.get(f"{below}/ws", self.handle_websocket, name="websocket"),
                web.get(f"{below}/page.js", _script, name="script"),
                web.static(f"{below}/static", self.statics_path, name="static"),
            ]
        )
        app.on_shutdown.append(self._hang_up)
        return app

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One screen at a time acts: a second one is refused while the first is open."""
        if self._taken:
            raise web.HTTPConflict(text="another screen is open; close it first")
        self._taken = True
        try:
            return await super().handle_websocket(request)
        finally:
            self._taken, self._open = self._once, None
            if self._once and not self._ending:
                asyncio.get_running_loop().call_soon(self.request_exit)

    async def _process_messages(self, websocket: web.WebSocketResponse, app_service: AppService) -> None:
        self._open = websocket
        # A frame for a page that is gone must not end the reading: who reads knows by the end when the screen ended.
        app_service.remote_write_bytes = _lossy(websocket.send_bytes)
        try:
            await super()._process_messages(websocket, app_service)
        finally:
            await app_service.stop()
            if (process := app_service._process) is not None:  # pyright: ignore[reportPrivateUsage]
                await process.wait()

    async def _hang_up(self, app: web.Application) -> None:
        """The server ends: so does the screen, as if its browser had been closed."""
        self._ending = True
        if self._open is not None:
            await self._open.close()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not self._welcome(request):
            raise web.HTTPForbidden(text="403: open the address that `deskhand ui --web` printed")
        response = await handler(request)
        if not response.prepared:
            response.headers.update(self._headers())
        return response

    def _welcome(self, request: web.Request) -> bool:
        """Whether the request is of a page of ours: our name, our token, and no other site behind it."""
        host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
        if host not in self._names:
            return False
        # Only a browser needs the socket, and browsers tell the origin of each.
        if origin is None and request.path.endswith("/ws"):
            return False
        if origin is not None and origin != f"http://{host}":
            return False
        given = request.path.split("/")[1]
        return hmac.compare_digest(given.encode(), self.token.encode())

    def _headers(self) -> dict[str, str]:
        sockets = " ".join(f"ws://{name}" for name in sorted(self._names))
        rules = (
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
            f"font-src 'self' data:; img-src 'self' data: blob:; connect-src 'self' {sockets}; "
            "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        )
        return {
            "Content-Security-Policy": rules,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            "Cross-Origin-Resource-Policy": "same-origin",
        }


def _lossy(send: Callable[[bytes], Awaitable[None]]) -> Callable[[bytes], Awaitable[None]]:
    async def tried(data: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            await send(data)

    return tried


async def _script(request: web.Request) -> web.FileResponse:
    return web.FileResponse(_PAGE / "page.js")


def serve(port: int = 0, command: tuple[str, ...] = COMMAND, *, once: bool = False) -> None:
    """Serve the screens until Ctrl+C, or one screen until it is closed; prints the address.

    Raises BadInput where the port is taken.
    """
    try:
        listening = socket.create_server((HOST, port))
    except OSError as error:
        raise BadInput(f"--port {port}: {error.strerror or error}; leave it out to take a free one") from None
    with listening, contextlib.suppress(KeyboardInterrupt):  # it may come before the server heeds it
        server = Guarded(listening.getsockname()[1], command, once=once)
        print(f"Open {server.address}", flush=True)
        print("Who has this address may act as you here. Ctrl+C ends it, and the run that goes on.", flush=True)
        # No log of requests: the token is in each.
        web.run_app(server.make_app(), sock=listening, access_log=None, print=None, shutdown_timeout=20)
