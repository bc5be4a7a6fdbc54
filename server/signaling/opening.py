"""Opening a session, whichever way it was asked for."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from engine.options import SessionOptions
from server.admission import Admission, Registry, Slot
from server.caller import Caller
from server.config import ServerConfig
from server.looks.catalogue import check_room
from server.placement.base import Placement
from server.rtc.call import Call
from server.rtc.offer import OfferedMedia
from server.session import Session

C = TypeVar("C", bound=Caller)


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

    @property
    def records(self) -> bool:
        """Whether sessions may be recorded."""
        return self._config.outputs.record is not None

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
    ) -> tuple[Session, Call, str]:
        """A running session, its caller and the SDP answer to them.

        Raises what admission, placement and offer do.
        """
        async with self.opened(options, lambda slot: Call(self._config.network, slot)) as opened:
            session, call = opened
            return session, call, await call.answer(offer, loopback=loopback)

    @asynccontextmanager
    async def opened(
        self, options: SessionOptions, caller: Callable[[Slot], C]
    ) -> AsyncIterator[tuple[Session, C]]:
        """A session with the caller who is made for its place; it runs once the block has passed.

        Raises what admission and placement do.
        """
        slot = self._admission.enter()
        try:
            engine, joining = await self._placement.open(options), caller(slot)
            session = Session(
                secrets.token_urlsafe(12), engine, options, joining, self._config.max_size
            )
            try:
                yield session, joining
            except BaseException:
                await session.close()
                raise
        except BaseException:
            slot.free()
            raise
        self._registry.start(session, slot)
