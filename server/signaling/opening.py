"""Opening a session, whichever way it was asked for."""

from __future__ import annotations

import dataclasses
import secrets
from typing import Any

from engine.options import SessionOptions
from server.admission import Admission, Registry, Slot
from server.config import ServerConfig
from server.looks.catalogue import check_room
from server.placement.base import Placement
from server.rtc.offer import OfferedMedia
from server.session import Session


class Opener:
    """Takes a seat, opens an engine session, answers and starts; or leaves nothing behind."""

    def __init__(
        self,
        config: ServerConfig,
        placement: Placement,
        admission: Admission,
        registry: Registry[Session],
    ) -> None:
        self._config = config
        self._placement = placement
        self._admission = admission
        self._registry = registry

    def options(self, given: dict[str, Any], video_codec: str | None = None) -> SessionOptions:
        """The server's defaults with what is asked for; InvalidInput names what cannot be had."""
        # Checked alone first: from_dict names a field of the wrong type.
        SessionOptions.from_dict(given)
        if video_codec is not None:
            given = {**given, "video_codec": video_codec}
        options = dataclasses.replace(self._config.defaults, **given)
        check_room(options.width, options.height, self._config.max_size)
        return options

    async def open(
        self, offer: OfferedMedia, options: SessionOptions, *, loopback: bool
    ) -> tuple[Session, str]:
        """A running session and the SDP answer; raises what admission, placement and offer do."""
        slot = self._admission.enter()
        try:
            session, sdp = await self._answered(offer, options, slot, loopback=loopback)
        except BaseException:
            slot.free()
            raise
        self._registry.start(session, slot)
        return session, sdp

    async def _answered(
        self, offer: OfferedMedia, options: SessionOptions, slot: Slot, *, loopback: bool
    ) -> tuple[Session, str]:
        engine = await self._placement.open(options)
        config = self._config
        session = Session(
            secrets.token_urlsafe(12), engine, options, config.max_size, config.network, slot
        )
        try:
            return session, await session.answer(offer, loopback=loopback)
        except BaseException:
            await session.close()
            raise
