"""``POST /offer`` and ``DELETE /session/{id}``: how a browser joins and leaves."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import secrets
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from engine.options import SessionOptions
from server.admission import Admission, Registry
from server.config import ServerConfig
from server.looks.catalogue import check_room
from server.placement.base import Placement
from server.rtc.offer import OfferedMedia, read_offer
from server.session import Session
from server.signaling.problems import Problem

SESSION_FIELDS = (
    *("look_ahead_ms", "width", "height", "fps", "seed"),
    *("avatar", "set", "light", "framing", "quality"),
    *("articulation", "motion_model", "motion_units", "phone_units"),
)
FIELDS = ("sdp", "type", *SESSION_FIELDS)


class OfferEndpoint:
    """Makes sessions out of offers."""

    def __init__(
        self,
        config: ServerConfig,
        placement: Placement,
        admission: Admission,
        registry: Registry,
    ) -> None:
        self._config = config
        self._placement = placement
        self._admission = admission
        self._registry = registry

    async def post(self, request: web.Request) -> web.Response:
        """Answer an offer: 200 with the SDP answer, the session's id and its declared delay."""
        _check_origin(request)
        body = await _json_object(request)
        offer = read_offer(_offer_sdp(body))
        options = self._options(body, offer)
        slot = self._admission.enter()
        try:
            session, sdp = await self._open(offer, options, loopback=_is_local(request.remote))
        except BaseException:
            slot.free()
            raise
        self._registry.start(session, slot)
        return web.json_response(
            {
                "sdp": sdp,
                "type": "answer",
                "session": session.id,
                "delay": {
                    "stages": [{"stage": d.stage, "ms": d.ms} for d in session.delays],
                    "total_ms": sum(d.ms for d in session.delays),
                },
                "articulation": options.articulation,
                "look": dataclasses.asdict(options.look),
                "quality": options.quality,
                "video": {
                    "codec": options.video_codec,
                    "width": options.width,
                    "height": options.height,
                    "fps": options.fps,
                },
            }
        )

    async def delete(self, request: web.Request) -> web.Response:
        """End a session: 204 once everything is freed, 404 if there is none."""
        session_id = request.match_info["id"]
        if not await self._registry.stop(session_id):
            raise Problem(
                404, "not_found", "session", session_id, "it may have ended", "no such session"
            )
        return web.Response(status=204)

    async def _open(
        self, offer: OfferedMedia, options: SessionOptions, *, loopback: bool
    ) -> tuple[Session, str]:
        engine = await self._placement.open(options)
        session = Session(secrets.token_urlsafe(12), engine, options, self._config.max_size)
        try:
            return session, await session.answer(offer, loopback=loopback)
        except BaseException:
            await session.close()
            raise

    def _options(self, body: dict[str, Any], offer: OfferedMedia) -> SessionOptions:
        given = {name: body[name] for name in SESSION_FIELDS if name in body}
        # Checked alone first: from_dict names a field of the wrong type.
        SessionOptions.from_dict(given)
        defaults = self._config.defaults
        options = dataclasses.replace(
            defaults, **given, video_codec=offer.video_codec or defaults.video_codec
        )
        check_room(options.width, options.height, self._config.max_size)
        return options


def _check_origin(request: web.Request) -> None:
    """Refuse pages under a name that are not secure: browsers lend them no microphone anyway.

    Such a name may have been pointed here by a hostile page (DNS rebinding), which the browser
    then takes for ours. HTTPS prevents that, and addresses cannot be pointed elsewhere.
    """
    origin = request.headers.get("Origin", "")
    try:
        parts = urlsplit(origin)
        name = parts.hostname or ""
    except ValueError:
        parts, name = urlsplit("http:"), origin
    if parts.scheme == "http" and name != "localhost" and not name.endswith(".localhost"):
        try:
            ipaddress.ip_address(name)
        except ValueError:
            remedy = "open the page over https, or as http://localhost"
            raise Problem(
                403, "forbidden", "Origin", origin, remedy, f"this page is not secure; {remedy}"
            ) from None


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


def _malformed(field: str, value: object, remedy: str) -> Problem:
    return Problem(400, "malformed", field, value, remedy, f"{field} is not usable; {remedy}")


def _is_local(remote: str | None) -> bool:
    try:
        return ipaddress.ip_address(remote or "").is_loopback
    except ValueError:
        return False
