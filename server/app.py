"""The HTTP application: the page, the offer, health."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import socket
import ssl
import time
from collections.abc import AsyncIterator

from aiohttp import web

from engine.errors import InvalidInput
from server.admission import Admission, Registry
from server.config import ServerConfig
from server.looks.endpoint import LooksEndpoint
from server.looks.pictures import Stills
from server.metrics import Metrics, add_metrics
from server.motion_out.routes import add_motion
from server.placement.base import MOST_SESSIONS, Placement
from server.placement.local import folder_arguments
from server.rtc.network import IceServers
from server.session import Session
from server.signaling.access import Access
from server.signaling.broadcast import add_broadcast
from server.signaling.control import ControlEndpoint
from server.signaling.ice import IceEndpoint
from server.signaling.offer import OfferEndpoint
from server.signaling.opening import Opener
from server.signaling.problems import Problem, problems_as_json
from server.signaling.realtime import RealtimeEndpoint
from server.signaling.recording import add_outputs
from server.signaling.streams import NAME, Streams

MAX_BODY = 64 * 1024
SHUTDOWN_TIMEOUT = 5.0
log = logging.getLogger(__name__)

ADMISSION = web.AppKey("admission", Admission)
REGISTRY = web.AppKey("registry", Registry[Session])


def create_app(config: ServerConfig, placement: Placement) -> web.Application:
    """The application; starting it starts the placement, cleaning it up ends all sessions."""
    admission, registry = Admission(config.max_sessions or 0), Registry[Session]()
    app = web.Application(client_max_size=MAX_BODY, middlewares=[problems_as_json])
    app[ADMISSION], app[REGISTRY] = admission, registry

    async def lifetime(_: web.Application) -> AsyncIterator[None]:
        try:
            await placement.start()
            if config.max_sessions is None:
                admission.limit = min(MOST_SESSIONS, await placement.capacity(config.defaults))
            yield
        finally:
            admission.draining = True
            await registry.close()
            await placement.close()

    async def drain(_: web.Application) -> None:
        admission.draining = True
        await stills.close()
        await registry.close()

    app.cleanup_ctx.append(lifetime)
    app.on_shutdown.append(drain)
    app.on_response_prepare.append(_headers)

    access = Access(config.token)
    ice = IceServers(config.network, time.time)  # relays compare with the time of day
    opener = Opener(config, placement, admission, registry)
    offers = OfferEndpoint(access, ice, registry, opener)
    stills = Stills(folder_arguments(avatars=config.avatars, sets=config.sets))
    looks = LooksEndpoint(config.looks, stills)
    health = _Health(admission)
    app.router.add_post("/offer", offers.post)
    app.router.add_delete("/session/{id}", offers.delete)
    app.router.add_patch("/session/{id}", offers.patch)
    app.router.add_post("/session/{id}/control", ControlEndpoint(access, registry).post)
    app.router.add_get("/ice", IceEndpoint(access, ice).get)
    streams = Streams(registry)
    add_broadcast(app, config, access, ice, opener, registry, streams)
    app.router.add_get("/v1/realtime", RealtimeEndpoint(access, opener, registry, streams).get)
    add_motion(app, access, registry, config.vmc)
    add_outputs(app, access, registry, config.outputs, config.signing)
    add_metrics(app, access, Metrics(admission, placement), registry)
    app.router.add_get("/looks", looks.get)
    app.router.add_get("/looks/picture", looks.picture)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    _add_page(app, config)
    return app


def _add_page(app: web.Application, config: ServerConfig) -> None:
    async def page(request: web.Request) -> web.StreamResponse:
        name = "watch.html" if "name" in request.match_info else "index.html"
        if not (config.web_dir / name).is_file():
            raise Problem(404, "not_found", "page", name, "serve from a checkout", "no page here")
        return web.FileResponse(config.web_dir / name)

    app.router.add_get("/", page)
    app.router.add_get(f"/watch/{{name:{NAME}}}", page)
    if config.web_dir.is_dir():
        app.router.add_static("/web", config.web_dir)


async def _headers(request: web.Request, answer: web.StreamResponse) -> None:
    """Pages are checked for changes on each load (ETag); everything else is never stored."""
    is_page = isinstance(answer, web.FileResponse)
    answer.headers.setdefault("Cache-Control", "no-cache" if is_page else "no-store")
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Referrer-Policy", "no-referrer")


class _Health:
    """Liveness, and readiness to take a session."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    async def alive(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def ready(self, _: web.Request) -> web.Response:
        admission = self._admission
        body = {
            "status": "draining" if admission.draining else "ready",
            "sessions": admission.taken,
            "limit": admission.limit,
            "room": admission.room,
        }
        return web.json_response(body, status=503 if admission.draining else 200)


def announcement(config: ServerConfig, port: int, limit: int) -> str:
    """What to tell the person who started the server: where it is, for how many, and for which
    other devices.
    """
    scheme = "https" if config.https else "http"
    local = config.host in ("127.0.0.1", "::1", "localhost")
    everywhere = config.host in ("0.0.0.0", "::")
    host = "localhost" if local or everywhere else config.host
    if ":" in host:
        host = f"[{host}]"
    # Not the token itself: what is printed here ends in a service's log.
    token = "" if config.token is None else "/#token=<the token>"
    lines = [f"Visavis is at {scheme}://{host}:{port}{token}"]
    if local:
        lines.append(
            "Other devices cannot reach it; for them: --host 0.0.0.0 --cert CERT.pem --key KEY.pem"
        )
    elif config.https:
        lines.append(f"Other devices: https://<this machine's address>:{port}{token}")
    else:
        lines.append(
            "Other devices get no microphone without HTTPS (browsers allow it on localhost "
            "only); add --cert CERT.pem --key KEY.pem"
        )
    how = "measured" if config.max_sessions is None else "as asked for"
    room = f"There is room for {limit} session{'s' if limit > 1 else ''} at once ({how})."
    return "\n".join([*lines, room, "Ctrl-C ends it."])


async def serve(config: ServerConfig, placement: Placement, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set; raises InvalidInput when the address cannot be used."""
    tls, listening = _tls(config), _listen(config)  # first: starting the workers takes seconds
    app = create_app(config, placement)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT)
    try:
        await runner.setup()
        await web.SockSite(runner, listening, ssl_context=tls).start()
        port, limit = listening.getsockname()[1], app[ADMISSION].limit
        print(announcement(config, port, limit), flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()
        listening.close()


def run(config: ServerConfig, placement: Placement | None = None) -> None:
    """Serve until SIGINT or SIGTERM; by default with local worker processes."""
    if placement is None:
        from server.placement.local import LocalPlacement

        folders = {"models": config.models, "avatars": config.avatars, "sets": config.sets}
        placement = LocalPlacement(
            config.workers, config.worker_memory << 20, config.backend, config.badge, **folders
        )
    asyncio.run(_run(config, placement))


async def _run(config: ServerConfig, placement: Placement) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    await serve(config, placement, stop)


def _tls(config: ServerConfig) -> ssl.SSLContext | None:
    if config.cert is None or config.key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(config.cert, config.key)
    except (OSError, ssl.SSLError) as error:
        raise InvalidInput(
            "cert", str(config.cert), f"give a PEM certificate and its key ({error})"
        ) from error
    return context


def _listen(config: ServerConfig) -> socket.socket:
    try:
        address = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[4][:2], family=address[0], backlog=128)
    except OSError as error:
        raise _unusable_address(config, error) from error


def _unusable_address(config: ServerConfig, error: OSError) -> InvalidInput:
    if error.errno == errno.EADDRINUSE:
        remedy = "another program uses it; end that or choose another with --port"
        return InvalidInput("port", config.port, remedy)
    if error.errno == errno.EACCES:
        return InvalidInput("port", config.port, "use one above 1023, or the needed rights")
    return InvalidInput("host", config.host, f"use an address of this machine ({error.strerror})")
