"""The routes of WHIP and WHEP, and what they need."""

from __future__ import annotations

from aiohttp import web

from server.admission import Admission, Registry
from server.audience import Viewer
from server.config import ServerConfig
from server.rtc.network import IceServers
from server.session import Session
from server.signaling.access import Access
from server.signaling.opening import Opener
from server.signaling.streams import NAME, Streams
from server.signaling.whep import WhepEndpoint
from server.signaling.whip import WhipEndpoint

SEATS = web.AppKey("seats", Admission)
VIEWERS = web.AppKey("viewers", Registry[Viewer])


def add_broadcast(
    app: web.Application,
    config: ServerConfig,
    access: Access,
    ice: IceServers,
    opener: Opener,
    sessions: Registry[Session],
    streams: Streams,
) -> None:
    """Serve ``/whip`` and ``/whep``; viewers leave when the application shuts down."""
    seats, viewers = Admission(config.max_viewers), Registry[Viewer]()
    app[SEATS], app[VIEWERS] = seats, viewers
    whip = WhipEndpoint(access, ice, sessions, opener, streams)
    whep = WhepEndpoint(access, ice, viewers, seats, streams, config.network)

    async def drain(_: web.Application) -> None:
        seats.draining = True
        await viewers.close()

    async def cors(request: web.Request, answer: web.StreamResponse) -> None:
        if request.path.startswith(("/whip", "/whep")):
            access.add_cors(request, answer)

    app.on_shutdown.append(drain)
    app.on_response_prepare.append(cors)
    for endpoint, places in (
        (whip, ("/whip", f"/whip/{{name:{NAME}}}")),
        (whep, (f"/whep/{{name:{NAME}}}",)),
    ):
        for place in places:
            app.router.add_post(place, endpoint.post)
            app.router.add_get(place, endpoint.get)
            app.router.add_options(place, endpoint.options)
        made = f"{places[-1]}/{{id}}"
        app.router.add_get(made, endpoint.get)
        app.router.add_options(made, endpoint.options)
        app.router.add_patch(made, endpoint.patch)
        app.router.add_delete(made, endpoint.delete)
