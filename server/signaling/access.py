"""Who may ask: a shared token, and which web pages."""

from __future__ import annotations

import base64
import contextlib
import hmac
import ipaddress
from urllib.parse import urlsplit

from aiohttp import web

from server.signaling.problems import Problem

EXPOSED = "Location, ETag, Link, Accept-Patch, Retry-After, WWW-Authenticate"
"""Headers that scripts of other origins may read."""

PROTOCOL = "bearer."
"""Begins a WebSocket subprotocol that has the token, in base64url without padding (RFC 4648,
section 5): a page cannot give a WebSocket a header (WHATWG WebSockets, section 3.1), and an address
ends in logs. As subprotocols have no "/" and no "=", a token cannot stand there as it is."""


class Access:
    """Checks requests; ``token`` None lets everybody in who can reach the server."""

    def __init__(self, token: str | None) -> None:
        self._token = None if token is None else token.encode()

    @property
    def asks(self) -> bool:
        """Whether there is a token that everybody must have."""
        return self._token is not None

    def check(self, request: web.Request) -> None:
        """Let a page of ours or a program in; raises Problem 401 or 403."""
        check_origin(request)
        self._check_token(request)

    def check_foreign(self, request: web.Request) -> None:
        """The same, where pages of other origins are let in too, if they have the token."""
        check_origin(request)
        if not self.allows_origin(request):
            origin, remedy = request.headers.get("Origin"), "serve with --token, and send it along"
            raise Problem(
                403, "forbidden", "Origin", origin, remedy, f"this page is elsewhere; {remedy}"
            )
        self._check_token(request)

    def allows_origin(self, request: web.Request) -> bool:
        """Whether a script of this origin may use WHIP and WHEP.

        Without a token it must come from this server or from this machine: any page that a user
        happens to visit could otherwise watch what runs on their own machine.
        """
        origin = request.headers.get("Origin")
        if origin is None or self._token is not None:
            return True
        try:
            parts = urlsplit(origin)
            name = parts.hostname or ""
        except ValueError:
            return False
        return parts.netloc == request.host or _is_this_machine(name)

    def add_cors(self, request: web.Request, answer: web.StreamResponse) -> None:
        """Let a script of another origin read the answer (WHATWG Fetch, section 3.3)."""
        origin = request.headers.get("Origin")
        answer.headers["Vary"] = "Origin"
        if origin is not None and self.allows_origin(request):
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Access-Control-Expose-Headers"] = EXPOSED

    def _check_token(self, request: web.Request) -> None:
        if self._token is None:
            return
        given = _bearer(request)
        if given is None:
            raise _unauthorised("nothing", "Bearer")
        if not hmac.compare_digest(given, self._token):
            raise _unauthorised("another token", 'Bearer error="invalid_token"')


def _bearer(request: web.Request) -> bytes | None:
    """The token of a request, from `PROTOCOL` if it has no such header."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return given.strip().encode()
    protocols = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    for protocol in map(str.strip, protocols):
        if protocol.startswith(PROTOCOL):
            text = protocol.removeprefix(PROTOCOL)
            with contextlib.suppress(ValueError):
                return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return None


def _unauthorised(value: str, challenge: str) -> Problem:
    """RFC 6750, section 3."""
    remedy = (
        "send the header 'Authorization: Bearer <token>', or with a WebSocket from a page the "
        f"subprotocol '{PROTOCOL}<token in base64url>'"
    )
    return Problem(
        401,
        "unauthorised",
        "Authorization",
        value,
        remedy,
        f"this server asks for its token; {remedy}",
        headers={"WWW-Authenticate": challenge},
    )


def check_origin(request: web.Request) -> None:
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


def is_local(remote: str | None) -> bool:
    """Whether an address is one of this machine's loopback."""
    try:
        return ipaddress.ip_address(remote or "").is_loopback
    except ValueError:
        return False


def _is_this_machine(name: str) -> bool:
    return name == "localhost" or name.endswith(".localhost") or is_local(name)
