"""``GET /looks`` and ``GET /looks/picture``: what can be chosen, and what it looks like."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from collections.abc import Mapping

from aiohttp import web

from engine.errors import InvalidInput
from engine.options import check_look, check_size
from server.looks.catalogue import LookCatalogue
from server.looks.pictures import Still, Stills

LARGEST = 640
"""Pixels along the longer side of a still."""

_NAMES = ("avatar", "set", "light", "framing")
_SIDES = ("width", "height")
_CACHE = "max-age=300"


class LooksEndpoint:
    """Tells and shows what a server has."""

    def __init__(self, catalogue: LookCatalogue, stills: Stills) -> None:
        self._catalogue = catalogue
        self._stills = stills

    async def get(self, _: web.Request) -> web.Response:
        """The choices; see docs/http.md."""
        return web.json_response(await asyncio.to_thread(self._catalogue.listing))

    async def picture(self, request: web.Request) -> web.Response:
        """A still as WebP, or 304 for those who have it."""
        picture = await self._stills.get(self._still(request.query))
        tag = f'"{hashlib.sha256(picture).hexdigest()[:20]}"'
        headers = {"ETag": tag, "Cache-Control": _CACHE}
        if tag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        return web.Response(body=picture, content_type="image/webp", headers=headers)

    def _still(self, query: Mapping[str, str]) -> Still:
        for name in query:
            if name not in _NAMES + _SIDES:
                raise InvalidInput(name, query[name], f"use {', '.join(_NAMES + _SIDES)}")
        width, height = (_side(name, query.get(name, "160")) for name in _SIDES)
        check_size(width, height)
        names = {name: query[name] for name in _NAMES if name in query}
        look = dataclasses.replace(self._catalogue.defaults.look, **names)
        check_look(look)
        avatar = look.avatar if "avatar" in query else None
        return Still(avatar, look.set, look.light, look.framing, width, height)


def _side(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 16 <= int(text) <= LARGEST):
        raise InvalidInput(name, text, f"use an even number of pixels from 16 to {LARGEST}")
    return int(text)
