"""The one who speaks to a session, however their voice comes: what each asks of the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from engine.timeline import Samples
from engine.units import AudioUnit, VideoUnit
from server.ingest import Pcm
from server.rtc.connection import Connection
from server.rtc.downlink import Downlink
from server.rtc.tracks import UnitTrack


class Joined(Protocol):
    """A session, as the one who speaks to it knows it."""

    @property
    def label(self) -> str:
        """Its name in logs."""

    @property
    def downlink(self) -> Downlink:
        """The way to whoever the picture is made for."""

    def push(self, block: Pcm) -> Samples:
        """Say (n,) samples, mono at 48 kHz; returns the media time at which they begin."""

    def hush(self) -> None:
        """Say nothing more of what was pushed: the sound stops and the mouth shuts at once."""

    def ask(self, text: str | bytes) -> None:
        """Note a wish; InvalidInput if it is none."""

    def settle(self) -> None:
        """Somebody sees and hears from now on: plan the playout afresh."""

    def due(self, track: UnitTrack) -> float | None:
        """The time at which a track's last unit was due, None before one."""

    def stop(self, reason: str) -> None:
        """Ask the session to end."""


class Caller(Protocol):
    """The one who speaks. First ``join``, then ``run`` in a task; at the end ``close``."""

    @property
    def connection(self) -> Connection | None:
        """Their WebRTC connection, the newest if they call anew; None if they have none."""

    @property
    def dropped(self) -> int:
        """Units and messages that were lost on the way to them."""

    @property
    def concealed_ms(self) -> float:
        """Milliseconds put where their voice was lost."""

    @property
    def round_trip(self) -> float | None:
        """Of their network, in seconds; None while unknown."""

    def join(self, session: Joined) -> None:
        """Speak to this session from now on."""

    def tick(self) -> None:
        """Called every 10 ms: keep time going."""

    def show(self, unit: AudioUnit | VideoUnit) -> None:
        """A unit is due now."""

    def lost(self) -> None:
        """A picture was dropped on its way."""

    def tell(self, message: Mapping[str, object]) -> None:
        """Something has happened, in the words of `server.messages`."""

    async def run(self) -> None:
        """See to what comes and goes, until cancelled."""

    async def close(self) -> None:
        """Free what they hold."""
