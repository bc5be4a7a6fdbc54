"""Which block of which segment lies where in media time, and how far each has been played."""

from __future__ import annotations

from collections import deque

from engine.encode.opus import PRE_SKIP
from engine.timeline import Samples
from server.agent.segments import Segment


class Ledger:
    """Blocks of segments by media time, from the engine's door until they leave for the watchers.

    Bounded by what is on its way: a block is forgotten as soon as sound of its time has left.
    """

    def __init__(self) -> None:
        self._coming: deque[tuple[Samples, Segment, int]] = deque()

    def given(self, time: Samples, segment: Segment, until: int) -> None:
        """A block of a segment begins at media time ``time``; after it ``until`` samples of the
        segment, at 48 kHz, have been said.
        """
        self._coming.append((time, segment, until))

    def left(self, time: Samples) -> list[Segment]:
        """The sound that begins at ``time`` leaves: the segments of which something has."""
        segments: dict[Segment, None] = {}
        while self._coming and self._coming[0][0] <= time:
            _, segment, until = self._coming.popleft()
            segment.played = until
            segments[segment] = None
        return list(segments)

    def cut(self) -> list[Segment]:
        """Nothing of what is on its way will be heard: the segments of which something was."""
        segments = {segment: None for _, segment, _ in self._coming}
        self._coming.clear()
        return list(segments)


def heard(segment: Segment) -> int:
    """Samples of a segment, in its rate, that those who watch hear if it is cut off now.

    What has left holds so much less than was encoded: the codec looks ahead (RFC 7845, section
    4.2), and the sound it has looked at leaves with the next packet.
    """
    short = 0 if segment.finished else PRE_SKIP
    return segment.in_its_rate(max(0, segment.played - short))
