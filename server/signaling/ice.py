"""``GET /ice``: the STUN and TURN servers for a page that is about to call."""

from __future__ import annotations

from aiohttp import web

from server.rtc.network import IceServers
from server.signaling.access import Access


class IceEndpoint:
    """Tells them, with credentials of their own for each who asks."""

    def __init__(self, access: Access, ice: IceServers) -> None:
        self._access = access
        self._ice = ice

    async def get(self, request: web.Request) -> web.Response:
        """200 with ``iceServers``, as RTCPeerConnection takes them."""
        self._access.check(request)
        return web.json_response({"iceServers": [server.as_json() for server in self._ice.issue()]})
