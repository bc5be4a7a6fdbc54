"""``/session/{id}/vmc``, and the receiver that a whole server feeds."""

from __future__ import annotations

import json
import logging
from weakref import WeakKeyDictionary

from aiohttp import web

from engine.errors import InvalidInput
from server.admission import Registry
from server.motion_out.sender import PORT, Receiver, VmcSender
from server.motion_out.vmc import NAMES
from server.motion_out.websocket import check_room_for_one, session_named
from server.session import Session
from server.signaling.access import Access, is_local
from server.signaling.exchange import check_type
from server.signaling.problems import Problem

log = logging.getLogger(__name__)
_FIELDS = {"host": str, "port": int, "names": str}


class Vmc:
    """The receivers of all sessions, at most one of each."""

    def __init__(self) -> None:
        self._senders: WeakKeyDictionary[Session, VmcSender] = WeakKeyDictionary()

    def sender(self, session: Session) -> VmcSender | None:
        """What sends this session's motion."""
        return self._senders.get(session)

    def begin(self, session: Session, sender: VmcSender) -> None:
        """Send a session's motion, in the place of whoever does."""
        self.end(session)
        self._senders[session] = sender
        session.motion.add(sender)

    def end(self, session: Session) -> bool:
        """Send it no more; False if nothing does."""
        sender = self._senders.pop(session, None)
        if sender is None:
            return False
        session.motion.remove(sender)
        sender.end()
        return True


class VmcEndpoint:
    """Begins, tells of and ends what sends a session's motion."""

    def __init__(self, access: Access, sessions: Registry[Session], vmc: Vmc) -> None:
        self._access = access
        self._sessions = sessions
        self._vmc = vmc

    async def post(self, request: web.Request) -> web.Response:
        """Send the motion to ``host``, ``port`` from now on: 201 and what GET tells.

        400 if it is no JSON object, 403 for another's machine on a server without a token, 404 if
        there is no such session, 422 for a receiver that there cannot be.
        """
        session = self._session(request)
        check_type(request, "application/json")
        receiver = _receiver(await request.read())
        address = await receiver.address()
        if not self._may_reach(request, address.ip):
            remedy = "serve with --token, or name the machine that asks"
            message = f"a server without a token sends to no other machine; {remedy}"
            raise Problem(403, "forbidden", "host", receiver.host, remedy, message)
        if self._vmc.sender(session) is None:
            check_room_for_one(session)
        sender = VmcSender(receiver, address)
        self._vmc.begin(session, sender)
        return web.json_response(_told(sender), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """Where it goes and how many poses did; 404 if nowhere."""
        sender = self._vmc.sender(self._session(request))
        if sender is None:
            raise _nothing()
        return web.json_response(_told(sender))

    async def delete(self, request: web.Request) -> web.Response:
        """End it: 204, or 404 if there is nothing to end."""
        if not self._vmc.end(self._session(request)):
            raise _nothing()
        return web.Response(status=204)

    def _session(self, request: web.Request) -> Session:
        self._access.check(request)
        return session_named(self._sessions, request.match_info["id"])

    def _may_reach(self, request: web.Request, ip: object) -> bool:
        """Whether 150 packets a second may go there: not to whomever a stranger names."""
        if self._access.asks:
            return True
        if {"Forwarded", "X-Forwarded-For"} & set(request.headers):
            return False
        return is_local(request.remote) or request.remote == str(ip)


class Station:
    """Has one receiver shown the session that has run the longest (``visavis serve --vmc``)."""

    def __init__(self, receiver: Receiver, vmc: Vmc) -> None:
        self._receiver = receiver
        self._vmc = vmc
        self._shown: Session | None = None

    async def check(self) -> None:
        """InvalidInput unless there can be such a receiver."""
        VmcSender(self._receiver, await self._receiver.address()).end()

    async def look(self, running: list[Session]) -> None:
        """See who runs now."""
        if self._shown in running or not running:
            return
        session = running[0]
        self._shown = session
        if self._vmc.sender(session) is not None:
            return  # it has been sent elsewhere by whoever called
        try:
            sender = VmcSender(self._receiver, await self._receiver.address())
        except InvalidInput as error:
            log.warning("session %s: no motion over VMC: %s", session.label, error)
            return
        self._vmc.begin(session, sender)


def _receiver(body: bytes) -> Receiver:
    try:
        given = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        remedy = 'send one JSON object, such as {"host": "127.0.0.1"}'
        raise Problem(400, "malformed", "body", "no object", remedy, remedy)
    for name, value in given.items():
        if name not in _FIELDS:
            raise InvalidInput(name, value, f"use {', '.join(_FIELDS)}")
        if type(value) is not _FIELDS[name]:
            kind = "a whole number" if _FIELDS[name] is int else "a text"
            raise InvalidInput(name, value, f"use {kind}")
    return Receiver(given.get("host", ""), given.get("port", PORT), given.get("names", NAMES[0]))


def _told(sender: VmcSender) -> dict[str, object]:
    receiver = sender.receiver
    place = {"host": receiver.host, "port": receiver.port, "names": receiver.names}
    return {**place, "sent": sender.sent, "failed": sender.failed, "trouble": sender.trouble}


def _nothing() -> Problem:
    remedy = "POST the host and port of a receiver first"
    message = f"its motion is not sent over VMC; {remedy}"
    return Problem(404, "not_found", "vmc", "nothing", remedy, message)
