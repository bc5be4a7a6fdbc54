"""The video bit rate, out of what the receiver estimates that its network can take.

REMB (draft-alvestrand-rmcat-remb-03) is no plain upper bound: while less is sent than the network
could take, it stays near one and a half times what arrives (section 5.5 of
draft-ietf-rmcat-gcc-02), and a face at rest needs little. So only an estimate *below* what is
being sent is taken for congestion; otherwise the rate recovers, multiplicatively as there.
"""

from __future__ import annotations

from collections import deque

MIN_BITRATE = 100_000
SHARE = 0.85
"""Part of a congested estimate that is used: the rest drains queues and carries headers."""

GROWTH = 1.15
"""Factor per second by which the rate recovers."""

WINDOW = 1.0
"""Seconds over which the sending rate is measured."""

STEP = 0.05
"""Changes below this fraction are not worth telling the encoder."""


class BitrateGuide:
    """Says how many bits per second video may use, never more than ``ceiling``.

    ``audio_bitrate`` is kept free for the voice. Times are seconds of any one clock.
    """

    def __init__(self, ceiling: int, audio_bitrate: int) -> None:
        self.target = ceiling
        self._ceiling = ceiling
        self._audio = audio_bitrate
        self._allowed = float(ceiling)
        self._sent: deque[tuple[float, int]] = deque()
        self._sent_bits = 0
        self._estimated_at: float | None = None

    def move_ceiling(self, ceiling: int) -> int:
        """Another picture may use so many: the target from now on. What the network has been found
        to take still holds.
        """
        free = self._allowed >= self._ceiling
        self._ceiling = ceiling
        self._allowed = float(ceiling) if free else min(self._allowed, ceiling)
        self.target = round(self._allowed)
        return self.target

    def sent(self, size: int, now: float) -> None:
        """``size`` bytes of sound or picture have left."""
        self._sent.append((now, size * 8))
        self._sent_bits += size * 8
        while self._sent[0][0] <= now - WINDOW:
            self._sent_bits -= self._sent.popleft()[1]

    def estimate(self, bits_per_second: int, now: float) -> int | None:
        """Take an estimate; returns a new target when it is worth telling the encoder."""
        elapsed = min(1.0, now - self._estimated_at) if self._estimated_at is not None else 0.0
        self._estimated_at = now
        if bits_per_second < self._sent_bits / WINDOW:
            share = bits_per_second * SHARE - self._audio
            self._allowed = max(MIN_BITRATE, min(self._allowed, share))
        else:
            self._allowed = min(self._ceiling, self._allowed * GROWTH**elapsed)
        if abs(self._allowed - self.target) <= STEP * self.target and self._allowed < self._ceiling:
            return None
        if round(self._allowed) == self.target:
            return None
        self.target = round(self._allowed)
        return self.target
