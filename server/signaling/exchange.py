"""What WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep-03) have in common.

An offer is POSTed to an endpoint; 201 has the answer and, as Location, the address of what was
made. That takes PATCH with more ICE candidates and DELETE. The ETag names the ICE session; since
that is never restarted, it never changes.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from aiohttp import web

from server.admission import Registry, Runnable
from server.rtc.connection import Connection
from server.rtc.network import IceServers
from server.signaling.access import Access
from server.signaling.problems import Problem
from server.signaling.sdpfrag import Fragment, read_fragment

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
PREFLIGHT_AGE = 7200
"""Seconds for which a browser need not ask again; longer than that, none of them remembers."""


class Connected(Runnable, Protocol):
    """What runs in a registry and has a connection: a session or a viewer."""

    @property
    def connection(self) -> Connection | None:
        """The connection; None where there is no WebRTC to it."""


T = TypeVar("T", bound=Connected)


class Exchange(Generic[T]):
    """The verbs that are alike; ``running`` holds what was made by POST."""

    patches = FRAGMENT
    """Media types that PATCH takes."""

    def __init__(self, access: Access, ice: IceServers, running: Registry[T]) -> None:
        self._access = access
        self._ice = ice
        self._running = running

    async def options(self, request: web.Request) -> web.Response:
        """200 for whoever asks what can be done, be it a browser before the real request.

        The ICE servers are told to those who may know them, though not in a browser's preflight
        (RFC 9725, section 4.6).
        """
        resource = "id" in request.match_info
        headers = {
            "Allow": "OPTIONS, GET, PATCH, DELETE" if resource else "OPTIONS, GET, POST",
            **({"Accept-Patch": self.patches} if resource else {"Accept-Post": SDP}),
        }
        answer = web.Response(headers=headers)
        if "Access-Control-Request-Method" in request.headers:
            answer.headers["Access-Control-Allow-Methods"] = headers["Allow"]
            answer.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, If-Match"
            answer.headers["Access-Control-Max-Age"] = str(PREFLIGHT_AGE)
            return answer
        self._check(request)
        self._add_links(answer)
        return answer

    async def get(self, request: web.Request) -> web.Response:
        """204: neither endpoints nor what they make have a content (RFC 9725, section 4.1)."""
        self._check(request)
        if "id" in request.match_info:
            self._made(request)
        return web.Response(status=204)

    async def patch(self, request: web.Request) -> web.Response:
        """Take more candidates: 204; a restart of ICE is refused with 422."""
        self._check(request)
        connection = self._made(request).connection
        if connection is None:
            raise _not_found(request)
        check_type(request, FRAGMENT)
        _check_precondition(request, connection.ice_session)
        fragment = read_fragment(await request.text())
        _check_same_session(fragment, connection)
        await connection.add_candidates(fragment.candidates)
        return web.Response(status=204)

    async def delete(self, request: web.Request) -> web.Response:
        """End it: 200 once everything is freed, 404 if there is none."""
        self._check(request)
        if not await self._running.stop(request.match_info["id"]):
            raise _not_found(request)
        return web.Response()

    def _check(self, request: web.Request) -> None:
        self._access.check_foreign(request)

    def _told(
        self, status: int, connection: Connection, location: str, sdp: str, patches: str = FRAGMENT
    ) -> web.Response:
        """What was made, and its SDP; it takes ``patches``."""
        headers = {
            "Location": location,
            "ETag": f'"{connection.ice_session}"',
            "Accept-Patch": patches,
        }
        answer = web.Response(status=status, body=sdp.encode(), content_type=SDP, headers=headers)
        self._add_links(answer)
        return answer

    def _add_links(self, answer: web.Response) -> None:
        for server in self._ice.issue():
            answer.headers.add("Link", server.as_link())

    def _made(self, request: web.Request) -> T:
        found = self._running.find(request.match_info["id"])
        if found is None:
            raise _not_found(request)
        return found


async def read_sdp(request: web.Request) -> str:
    """The offer or answer in a request; raises Problem 415 or 400."""
    check_type(request, SDP)
    body = await request.read()
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    if not text.strip():
        remedy = "send SDP as the body"
        raise Problem(
            400, "malformed", "body", f"{len(body)} bytes", remedy, f"there is none; {remedy}"
        )
    return text


def check_type(request: web.Request, wanted: str) -> None:
    """Problem 415 unless the body is declared to be of that type."""
    if request.content_type != wanted:
        remedy = f"send {wanted}"
        raise Problem(
            415,
            "unsupported_type",
            "Content-Type",
            request.content_type,
            remedy,
            f"the body is of another type; {remedy}",
        )


def _check_precondition(request: web.Request, ice_session: str) -> None:
    """If-Match must name the ICE session (RFC 9110, section 13.1.1): Problem 428 or 412.

    ``*`` is what a restart is asked for with.
    """
    given = request.headers.get("If-Match")
    remedy = "send the ETag of the answer to your offer as If-Match"
    if given is None:
        raise Problem(
            428, "precondition_required", "If-Match", None, remedy, f"no ICE session; {remedy}"
        )
    tags = [tag.strip() for tag in given.split(",")]
    if "*" not in tags and f'"{ice_session}"' not in tags:
        raise Problem(
            412, "precondition_failed", "If-Match", given, remedy, f"another session; {remedy}"
        )


def _check_same_session(fragment: Fragment, connection: Connection) -> None:
    """Refuse a new ICE session (RFC 9725, section 4.3.1): 422, and the old one lives on."""
    if fragment.ufrag is not None and fragment.ufrag != connection.remote_ufrag:
        remedy = "keep the connection, or DELETE it and POST a new offer"
        raise Problem(
            422, "unusable", "ice-ufrag", "another", remedy, f"ICE is not restarted here; {remedy}"
        )


def _not_found(request: web.Request) -> Problem:
    return Problem(
        404, "not_found", "address", request.match_info["id"], "it may have ended", "no such thing"
    )
