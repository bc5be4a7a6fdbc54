"""``POST /offer``, ``PATCH`` and ``DELETE /session/{id}``: how a browser joins and leaves."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from aiohttp import web

from server.admission import Registry
from server.label import SYNTHETIC
from server.messages import BEHAVIOUR
from server.rtc.call import Call
from server.rtc.line import CalledAgain
from server.rtc.network import IceServers
from server.rtc.offer import read_offer
from server.session import Session
from server.signaling.access import Access, is_local
from server.signaling.exchange import Exchange
from server.signaling.opening import Opener
from server.signaling.problems import Problem
from server.signaling.streams import watch_name

SESSION_FIELDS = (
    *("look_ahead_ms", "width", "height", "fps", "seed"),
    *("avatar", "set", "light", "framing", "quality"),
    *("articulation", "motion_model", "motion_units", "phone_units"),
    *("role", *BEHAVIOUR),
)
FIELDS = ("sdp", "type", "resume", *SESSION_FIELDS)


class OfferEndpoint(Exchange[Session]):
    """Makes sessions out of offers, for our own page: no other may read the answers."""

    def __init__(
        self, access: Access, ice: IceServers, registry: Registry[Session], opener: Opener
    ) -> None:
        super().__init__(access, ice, registry)
        self._opener = opener

    async def post(self, request: web.Request) -> web.Response:
        """Answer an offer: 200 with the SDP answer, the session's id and its declared delay."""
        self._check(request)
        body = await _json_object(request)
        sdp = _offer_sdp(body)
        if "resume" in body:
            return await self._resume(request, body, sdp)
        offer = read_offer(sdp)
        given = {name: body[name] for name in SESSION_FIELDS if name in body}
        options = self._opener.options(given, offer.video_codec)
        local = is_local(request.remote)
        opened = await self._opener.open(offer, options, loopback=local)
        return _answer(*opened, record=self._opener.records)

    async def _resume(self, request: web.Request, body: dict[str, Any], sdp: str) -> web.Response:
        for name in SESSION_FIELDS:
            if name in body:
                remedy = "send it over the data channel, or offer without 'resume'"
                raise _malformed(name, body[name], remedy)
        wanted = body["resume"]
        session = self._running.find(wanted) if isinstance(wanted, str) else None
        call = None if session is None else session.caller
        if session is None or not isinstance(call, Call) or not (call.resumable and session.live):
            raise _gone(wanted)
        offer = read_offer(sdp, session.video_codec)
        try:
            sdp = await call.resume(offer, loopback=is_local(request.remote))
        except CalledAgain as error:
            remedy = "wait for the answer to the newer offer"
            raise Problem(409, "in_use", "resume", wanted, remedy, str(error)) from error
        if not (call.resumable and session.live):
            raise _gone(wanted)
        return _answer(session, call, sdp, record=self._opener.records)

    async def delete(self, request: web.Request) -> web.Response:
        """End a session: 204 once everything is freed, 404 if there is none."""
        self._check(request)
        session_id = request.match_info["id"]
        if not await self._running.stop(session_id):
            raise Problem(
                404, "not_found", "session", session_id, "it may have ended", "no such session"
            )
        return web.Response(status=204)

    def _check(self, request: web.Request) -> None:
        self._access.check(request)


def _answer(session: Session, call: Call, sdp: str, *, record: bool) -> web.Response:
    options = session.options
    return web.json_response(
        headers={"ETag": f'"{call.connection.ice_session}"'},
        data={
            "sdp": sdp,
            "type": "answer",
            "session": session.id,
            "watch": watch_name(session.id),
            "record": record,
            **SYNTHETIC,
            "delay": {
                "stages": [{"stage": d.stage, "ms": d.ms} for d in session.delays],
                "total_ms": sum(d.ms for d in session.delays),
            },
            "articulation": options.articulation,
            "behaviour": dataclasses.asdict(options.behaviour),
            "role": options.role,
            "look": dataclasses.asdict(options.look),
            "quality": options.quality,
            "video": {
                "codec": options.video_codec,
                "width": options.width,
                "height": options.height,
                "fps": options.fps,
            },
        },
    )


async def _json_object(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise Problem(
            415,
            "unsupported_type",
            "Content-Type",
            request.content_type,
            "send application/json",
            "the body is not declared as JSON",
        )
    raw = await request.read()
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise _malformed("body", f"{len(raw)} bytes", "send one JSON object") from None
    if not isinstance(body, dict):
        raise _malformed("body", type(body).__name__, "send one JSON object")
    return body


def _offer_sdp(body: dict[str, Any]) -> str:
    for name in body:
        if name not in FIELDS:
            raise _malformed(name, "unknown field", f"use only {', '.join(FIELDS)}")
    if body.get("type") != "offer":
        raise _malformed("type", body.get("type"), "use 'offer'")
    sdp = body.get("sdp")
    if not isinstance(sdp, str) or not sdp:
        raise _malformed("sdp", type(sdp).__name__, "send the SDP offer as a string")
    return sdp


def _gone(session_id: object) -> Problem:
    remedy = "offer without 'resume' to begin anew"
    return Problem(404, "not_found", "resume", session_id, remedy, f"it has ended; {remedy}")


def _malformed(field: str, value: object, remedy: str) -> Problem:
    return Problem(400, "malformed", field, value, remedy, f"{field} is not usable; {remedy}")
