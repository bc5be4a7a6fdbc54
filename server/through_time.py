"""How long the voice takes through the server: from a sample's arrival until its picture is due."""

from __future__ import annotations

import statistics
from collections import deque

from engine.timeline import HOP, SAMPLE_RATE, Samples
from server.ingest import INPUT_RATE

RATE = INPUT_RATE // SAMPLE_RATE


class ThroughTime:
    """Time from a microphone sample's arrival until its picture is due, over the last second."""

    def __init__(self) -> None:
        self._arrivals: deque[tuple[Samples, float]] = deque(maxlen=500)
        self._measured: deque[float] = deque(maxlen=SAMPLE_RATE // HOP)
        self._total = 0
        self._behind: Samples = 0

    @property
    def reached(self) -> Samples:
        """The media time up to which voice has come."""
        return self._total // RATE - self._behind

    def arrived(self, samples: int, now: float) -> None:
        """``samples`` more at 48 kHz have come."""
        self._total += samples
        self._arrivals.append((self._total // RATE, now))

    def skipped(self, samples: Samples) -> None:
        """The engine dropped ``samples`` of what arrived: its media time is behind by them."""
        self._behind += samples

    def left(self, time: Samples, now: float) -> None:
        """The picture that belongs to the sound at media time ``time`` is due at ``now``."""
        while self._arrivals and self._arrivals[0][0] <= time + self._behind:
            self._arrivals.popleft()
        if self._arrivals:
            self._measured.append(now - self._arrivals[0][1])

    def median_ms(self) -> float | None:
        """The median in milliseconds; None before the first measurement."""
        if not self._measured:
            return None
        return round(statistics.median(self._measured) * 1000, 1)
