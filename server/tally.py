"""What a session has counted since it began, and what it is like now."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts grow; the rest is of this moment, None while unknown.

    pictures_drawn   pictures that came from the engine
    pictures_late    of these, those that came after they were due
    pictures_skipped left out by a worker that was behind
    dropped          units and hops that were lost between the microphone and the sender
    concealed_s      seconds of voice put where packets were lost
    quality_changes  how often the quality dial has turned itself
    step             name of the quality step in force
    playout_waiting  units that wait until they are due
    round_trip_s     of the network, there and back
    loss             share of the pictures' packets that the receiver last missed
    bitrate          bits per second that the pictures may use
    """

    pictures_drawn: int = 0
    pictures_late: int = 0
    pictures_skipped: int = 0
    dropped: int = 0
    concealed_s: float = 0.0
    quality_changes: int = 0
    step: str | None = None
    playout_waiting: int = 0
    round_trip_s: float | None = None
    loss: float | None = None
    bitrate: int | None = None
