"""The HTTP side of the service: routes, who may call, limits, streams, figures for monitoring."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from pydantic import ValidationError
from starlette.middleware.trustedhost import TrustedHostMiddleware

from agent.dialects.base import Dialect
from agent.errors import Stopped
from agent.serve import stream
from agent.serve.holder import Engine, Holder, Job
from agent.serve.wire import ChatRequest, Limits, Refused, to_request
from agent.talk import Answer, Delta, Message, TextPart, Turn
from agent.talk import Request as Asked

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Service:
    """Turns HTTP into jobs of the holder and answers into HTTP."""

    def __init__(
        self, holder: Holder, names: Callable[[], list[str]], token: str = "", limits: Limits | None = None
    ) -> None:
        self._holder, self._names, self._token, self._limits = holder, names, token, limits or Limits()
        self._registry = CollectorRegistry()
        metric: dict[str, Any] = {"registry": self._registry}
        self._requests = Counter("deskhand_requests", "Requests by outcome.", ["status"], **metric)
        self._tokens = Counter("deskhand_tokens", "Tokens by kind.", ["kind"], **metric)
        self._seconds = Histogram("deskhand_answer_seconds", "Seconds from request to whole answer.", **metric)
        waiting = Gauge("deskhand_waiting", "Requests that wait for the model.", **metric)
        waiting.set_function(lambda: holder.waiting)

    def app(self) -> FastAPI:
        """The application. Without a token only requests that name this machine as their host are answered."""

        @asynccontextmanager
        async def life(_: FastAPI) -> AsyncGenerator[None]:
            yield
            await asyncio.to_thread(self._holder.close)

        app = FastAPI(title="Deskhand", docs_url=None, redoc_url=None, openapi_url=None, lifespan=life)
        if not self._token:
            # A page in the user's browser must not reach the model by a name that points to this machine.
            app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK))
        app.add_exception_handler(Refused, self._refuse)
        guarded = [Depends(self._guard)]
        app.get("/health")(self._health)
        app.get("/metrics", dependencies=guarded)(self._metrics)
        app.get("/v1/models", dependencies=guarded)(self._models)
        app.post("/v1/chat/completions", dependencies=guarded)(self._chat)
        return app

    def _guard(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if self._token and not secrets.compare_digest(given.encode(), self._token.encode()):
            raise Refused(401, "invalid_api_key", "the token is missing or wrong")

    async def _refuse(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        self._requests.labels(str(error.status)).inc()
        kind = "server_error" if error.status >= 500 else "invalid_request_error"
        headers = {"Retry-After": "5"} if error.status in (429, 503) else None
        body = {"error": {"message": error.message, "type": kind, "code": error.code, "param": None}}
        return JSONResponse(body, error.status, headers)

    async def _health(self) -> Response:
        ok = self._holder.alive
        state = {"status": "ok" if ok else "failed", "model": self._holder.loaded, "waiting": self._holder.waiting}
        return JSONResponse(state, 200 if ok else 503)

    async def _metrics(self) -> Response:
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

    async def _models(self) -> Response:
        names = sorted(await self._known())
        data = [{"id": name, "object": "model", "created": 0, "owned_by": "local"} for name in names]
        return JSONResponse({"object": "list", "data": data})

    async def _known(self) -> set[str]:
        return {self._holder.loaded, *await asyncio.to_thread(self._names)} - {""}

    async def _chat(self, request: Request) -> Response:
        began = time.monotonic()
        asked = _parse(await self._body(request))
        if asked.model not in ("", self._holder.loaded) and asked.model not in (known := await self._known()):
            have = ", ".join(sorted(known))
            raise Refused(404, "model_not_found", f"no model {asked.model!r} on this machine; there are: {have}")
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[Delta | None] = asyncio.Queue()

        def make(engine: Engine) -> Asked:
            made = to_request(asked, engine.dialect.sampling(thinking=True), self._limits)
            return _neutral(made, engine.dialect)

        def post(piece: Delta | None) -> None:
            loop.call_soon_threadsafe(pieces.put_nowait, piece)

        job = Job(asked.model, make, post)
        job.done.add_done_callback(lambda _: post(None))
        self._holder.submit(job)
        try:
            first = await self._first(request, pieces)
            if not asked.stream or first is None:
                while first is not None:
                    first = await self._first(request, pieces)
                answer, turn = await self._result(job)
                if not asked.stream:
                    self._count(answer, began)
                    envelope = stream.Envelope(asked.model or self._holder.loaded)
                    return JSONResponse(envelope.whole(answer, turn))
        except BaseException:
            job.stop.set()
            raise
        body = self._stream(asked, job, first, pieces, began)
        return StreamingResponse(body, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def _body(self, request: Request) -> bytes:
        """The request's body, within the limit. Only JSON: a page elsewhere can't send that without being asked."""
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise Refused(415, "unsupported_media_type", "send the request as application/json")
        body = bytearray()
        async for block in request.stream():
            body += block
            if len(body) > self._limits.body_bytes:
                raise Refused(413, "request_too_large", f"more than {self._limits.body_bytes >> 20} MiB in one request")
        return bytes(body)

    @staticmethod
    async def _first(request: Request, pieces: asyncio.Queue[Delta | None]) -> Delta | None:
        """The next piece. Raises Refused when the client has gone meanwhile."""
        while True:
            try:
                return await asyncio.wait_for(pieces.get(), timeout=0.1)
            except TimeoutError:
                if await request.is_disconnected():
                    raise Refused(499, "client_closed_request", "the client has gone") from None

    @staticmethod
    async def _result(job: Job) -> tuple[Answer, Turn]:
        try:
            return await asyncio.wrap_future(job.done)
        except Stopped as error:
            raise Refused(503, "shutting_down", str(error)) from error

    async def _stream(
        self, asked: ChatRequest, job: Job, piece: Delta | None, pieces: asyncio.Queue[Delta | None], began: float
    ) -> AsyncIterator[bytes]:
        envelope, words = stream.Envelope(asked.model or self._holder.loaded), stream.Words()
        try:
            yield envelope.piece({"role": "assistant", "content": ""})
            while piece is not None:
                if (delta := words.feed(piece)) is not None:
                    yield envelope.piece(delta)
                piece = await pieces.get()
            try:
                answer, turn = await self._result(job)
            except Refused as error:
                yield stream.event({"error": {"message": error.message, "code": error.code, "type": "server_error"}})
                return
            self._count(answer, began)
            if (delta := words.rest(turn)) is not None:
                yield envelope.piece(delta)
            if turn.calls:
                yield envelope.calls(turn.calls)
            yield envelope.piece({}, stream.finish(answer, turn))
            if asked.stream_options.include_usage:
                yield envelope.usage(answer.usage)
            yield b"data: [DONE]\n\n"
        finally:
            job.stop.set()

    def _count(self, answer: Answer, began: float) -> None:
        self._requests.labels("200").inc()
        self._seconds.observe(time.monotonic() - began)
        spent = answer.usage
        for kind, count in (
            ("prompt", spent.prompt_tokens),
            ("reused", spent.reused_tokens),
            ("completion", spent.completion_tokens),
        ):
            self._tokens.labels(kind).inc(count)


def _parse(body: bytes) -> ChatRequest:
    try:
        return ChatRequest.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise Refused(400, "invalid_value", f"{where}: {first['msg']}") from error


def _neutral(request: Asked, dialect: Dialect) -> Asked:
    """Control tokens in what a client sent are text, never control."""

    def calm(message: Message) -> Message:
        parts = tuple(
            TextPart(text=dialect.neutral(part.text)) if isinstance(part, TextPart) else part for part in message.parts
        )
        return message.model_copy(update={"parts": parts, "thinking": dialect.neutral(message.thinking)})

    return request.model_copy(update={"messages": tuple(calm(message) for message in request.messages)})
