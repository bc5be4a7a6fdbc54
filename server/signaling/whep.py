"""``/whep``: any number watch a session (draft-ietf-wish-whep-03)."""

from __future__ import annotations

import secrets

from aiohttp import web

from server.admission import Admission, Registry
from server.audience import Viewer
from server.rtc.network import IceServers, Network
from server.rtc.offer import NotOffered, OfferedMedia, read_reply, read_view
from server.session import Session
from server.signaling.access import Access, is_local
from server.signaling.exchange import FRAGMENT, SDP, Exchange, read_sdp
from server.signaling.problems import Problem
from server.signaling.streams import Streams

NOT_LIVE_RETRY = 2
"""Seconds after which a viewer who came too early may ask again."""


class WhepEndpoint(Exchange[Viewer]):
    """Makes viewers; ``seats`` bounds how many there are of all sessions together.

    One whose counter-offer has no answer yet has a seat for as long as nobody else needs it.
    """

    patches = f"{FRAGMENT}, {SDP}"

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
        """Answer an offer: 201; 406 with an offer of ours where theirs lacks the codec that is
        sent; 409 with Retry-After while nobody speaks under that name.
        """
        self._check(request)
        sdp = await read_sdp(request)
        name = request.match_info["name"]
        session = self._streams.find(name)
        if session is None:
            raise _not_live(name)
        try:
            offer = read_view(sdp, session.video_codec)
        except NotOffered:  # but they may have it: a counter-offer asks
            return await self._viewer(request, session, None)
        return await self._viewer(request, session, offer)

    async def patch(self, request: web.Request) -> web.Response:
        """Take candidates, or the answer to a counter-offer: 204, once; 409 after that."""
        if request.content_type != SDP:
            return await super().patch(request)
        self._check(request)
        viewer, answer = self._made(request), await read_sdp(request)
        if viewer.asked is None:
            raise _no_question(viewer.id)
        await viewer.accept(read_reply(answer, viewer.asked))
        return web.Response(status=204)

    async def _viewer(
        self, request: web.Request, session: Session, offer: OfferedMedia | None
    ) -> web.Response:
        """A viewer by their offer, 201, or without one by ours: 406 (section 4.2.2)."""
        seat, local = self._seats.enter(), is_local(request.remote)
        viewer = Viewer(
            secrets.token_urlsafe(12), session.audience, self._network, offers=offer is None
        )
        try:
            if offer is None:
                sdp = await viewer.offer(session.video_codec, seat, loopback=local)
            else:
                sdp = await viewer.answer(offer, loopback=local)
        except BaseException:
            seat.free()
            await viewer.close()
            raise
        self._running.start(viewer, seat)
        location = f"/whep/{request.match_info['name']}/{viewer.id}"
        if offer is None:
            return self._told(406, viewer.connection, location, sdp, self.patches)
        return self._told(201, viewer.connection, location, sdp)


def _no_question(viewer_id: str) -> Problem:
    remedy = "POST a new offer to watch anew"
    return Problem(
        409, "in_use", "address", viewer_id, remedy, f"no offer of ours is open here; {remedy}"
    )


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
