"""``/whip``: a voice comes in as broadcast tools send it (RFC 9725), to be watched over WHEP."""

from __future__ import annotations

import secrets
from dataclasses import fields
from typing import Any

from aiohttp import web

from engine.errors import InvalidInput
from engine.options import SessionOptions
from server.admission import Registry
from server.rtc.network import IceServers
from server.rtc.offer import read_publication
from server.session import Session
from server.signaling.access import Access, is_local
from server.signaling.exchange import Exchange, read_sdp
from server.signaling.opening import Opener
from server.signaling.streams import Streams

_BOOLEANS = {"true": True, "false": False}
_TYPES = {field.name: type(field.default) for field in fields(SessionOptions)}


class WhipEndpoint(Exchange[Session]):
    """Makes sessions of voices that are only sent; ``streams`` gives them their names."""

    def __init__(
        self,
        access: Access,
        ice: IceServers,
        running: Registry[Session],
        opener: Opener,
        streams: Streams,
    ) -> None:
        super().__init__(access, ice, running)
        self._opener = opener
        self._streams = streams

    async def post(self, request: web.Request) -> web.Response:
        """Answer an offer: 201; 409 while the name is in use; 422 if it cannot be taken as a whole
        (RFC 9725, sections 4.4.2 and 4.4.3): there is no counter-offer as in WHEP.
        """
        self._check(request)
        offer = read_publication(await read_sdp(request))
        options = self._opener.options(options_in(dict(request.query)))
        name = request.match_info.get("name") or secrets.token_urlsafe(9)
        with self._streams.reserved(name) as stream:
            session, call, sdp = await self._opener.open(
                offer, options, loopback=is_local(request.remote)
            )
            stream.leads_to(session)
        return self._told(201, call.connection, f"/whip/{name}/{session.id}", sdp)


def options_in(query: dict[str, str]) -> dict[str, Any]:
    """A query's texts as the options' types; InvalidInput for what is none of them."""
    return {name: _as_type(name, text, _TYPES.get(name, str)) for name, text in query.items()}


def _as_type(name: str, text: str, kind: type) -> Any:  # noqa: ANN401
    try:
        if kind is bool:
            return _BOOLEANS[text]
        return float(text) if kind is float else text if kind is str else int(text)
    except (KeyError, ValueError):
        wanted = "true or false" if kind is bool else "a number"
        raise InvalidInput(name, text, f"use {wanted}") from None
