"""``GET /session/{id}/motion``: the face's motion over a WebSocket, as lines of JSON."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web

from server.admission import Registry
from server.motion_out.feed import MotionFeed
from server.session import Session
from server.signaling.access import Access
from server.signaling.problems import Problem

MOST = 8
"""Who may read or be sent one session's motion at once."""

PING = 20.0
"""Seconds between two looks whether the reader is still there."""

PROTOCOL = "motion"
"""What a page asks for beside its token, see `server.signaling.access.PROTOCOL`."""

log = logging.getLogger(__name__)


def session_named(sessions: Registry[Session], session_id: str) -> Session:
    """The running session of this id; Problem 404 if there is none."""
    session = sessions.find(session_id)
    if session is None:
        remedy = "it may have ended"
        raise Problem(404, "not_found", "session", session_id, remedy, "no such session")
    return session


def check_room_for_one(session: Session) -> None:
    """Problem 503 if as many are told of its motion as may be."""
    if len(session.motion) >= MOST:
        remedy = "end one of the others first"
        message = f"{MOST} are told of this motion already; {remedy}"
        raise Problem(503, "at_capacity", "session", "motion", remedy, message)


class MotionSocket:
    """Sends whoever asks the motion of a session."""

    def __init__(self, access: Access, sessions: Registry[Session]) -> None:
        self._access = access
        self._sessions = sessions

    async def get(self, request: web.Request) -> web.StreamResponse:
        """A schema and then a line for each pose; closed with 1000 when the session ends.

        404 if there is no such session, 426 if no WebSocket was asked for, 503 if as many read
        as may. What the reader says is ignored.
        """
        self._access.check_foreign(request)
        session = session_named(self._sessions, request.match_info["id"])
        socket = web.WebSocketResponse(
            protocols=(PROTOCOL,), heartbeat=PING, max_msg_size=1024, compress=False
        )
        if not socket.can_prepare(request).ok:
            remedy = "ask with a WebSocket: ws:// in place of http://"
            raise Problem(426, "upgrade_required", "Upgrade", "nothing", remedy, remedy)
        check_room_for_one(session)
        feed = MotionFeed()
        session.motion.add(feed)
        try:
            await socket.prepare(request)
            await _talk(socket, feed)
        finally:
            session.motion.remove(feed)
            if feed.dropped:
                log.info("session %s: %d poses too many for a reader", session.label, feed.dropped)
        return socket


async def _talk(socket: web.WebSocketResponse, feed: MotionFeed) -> None:
    """Until either side ends it."""

    async def send() -> None:
        try:
            async for line in feed.lines():
                await socket.send_str(line)
            await socket.close(message=b"the session ended")
        except ConnectionError:
            pass  # the reader is gone, and reading from it ends

    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(send())
        async for _ in socket:
            pass
        sending.cancel()
