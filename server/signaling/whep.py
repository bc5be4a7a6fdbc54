"""``/whep``: any number watch a session (draft-ietf-wish-whep-03)."""

from __future__ import annotations

import secrets

from aiohttp import web

from server.admission import Admission, Registry
from server.audience import Viewer
from server.rtc.network import IceServers, Network
from server.rtc.offer import read_view
from server.signaling.access import Access, is_local
from server.signaling.exchange import Exchange, read_sdp
from server.signaling.problems import Problem
from server.signaling.streams import Streams

NOT_LIVE_RETRY = 2
"""Seconds after which a viewer who came too early may ask again."""


class WhepEndpoint(Exchange[Viewer]):
    """Makes viewers; ``seats`` bounds how many there are of all sessions together."""

    def __init__(
        self,
        access: Access,
        ice: IceServers,
        running: Registry[Viewer],
        seats: Admission,
        streams: Streams,
        network: Network,
    ) -> None:
        super().__init__(access, ice, running)
        self._seats = seats
        self._streams = streams
        self._network = network

    async def post(self, request: web.Request) -> web.Response:
        """Answer an offer: 201; 409 with Retry-After while nobody speaks under that name."""
        self._check(request)
        sdp = await read_sdp(request)
        name = request.match_info["name"]
        session = self._streams.find(name)
        if session is None:
            raise _not_live(name)
        offer = read_view(sdp, session.video_codec)
        seat = self._seats.enter()
        viewer = Viewer(secrets.token_urlsafe(12), session.audience, self._network)
        try:
            answer = await viewer.answer(offer, loopback=is_local(request.remote))
        except BaseException:
            seat.free()
            await viewer.close()
            raise
        self._running.start(viewer, seat)
        return self._created(viewer.connection, f"/whep/{name}/{viewer.id}", answer)


def _not_live(name: str) -> Problem:
    remedy = f"publish to /whip/{name}, or try again"
    return Problem(
        409,
        "not_live",
        "name",
        name,
        remedy,
        f"nobody speaks here; {remedy}",
        headers={"Retry-After": str(NOT_LIVE_RETRY)},
    )
