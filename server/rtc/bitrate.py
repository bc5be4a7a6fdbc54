"""The video bit rate, out of what the receiver says of its network: an estimate and its losses.

Two controllers, and the lower rate of both, as in Google Congestion Control (Carlucci et al.,
Analysis and Design of the Google Congestion Control for WebRTC, 2016; draft-ietf-rmcat-gcc-02).

Delay, judged by the receiver, as REMB (draft-alvestrand-rmcat-remb-03). That is no plain upper
bound: while less is sent than the network could take, it stays near one and a half times what
arrives (section 5.5 of the draft), and a face at rest needs little. So only an estimate *below*
what is being sent is taken for congestion.

Loss, from receiver reports (section 6 of the draft): above a tenth the rate falls by half the
loss, below a fiftieth it may rise, in between it stays, as retransmission makes such losses good.

A call starts low, for nothing is known yet, and doubles each second until the first sign of
congestion; from then on it rises carefully.
"""

from __future__ import annotations

from collections import deque

MIN_BITRATE = 100_000
START_BITRATE = 150_000
START_SHARE = 6
"""A call starts with this, or with so manyth a part of what it may use if that is more."""

RAMP = 2.2
"""Factor per second by which the rate rises until something is found to be in its way."""

GROWTH = 1.15
"""The same from then on."""

SHARE = 0.85
"""Part of a congested estimate that is used: the rest drains queues and carries headers."""

MUCH_LOST = 0.10
LITTLE_LOST = 0.02
LOSS_PATIENCE = 0.3
"""Seconds between two reductions for loss: what was lost before the first says nothing new."""

WINDOW = 1.0
"""Seconds over which the sending rate is measured, and of rising that one report may bring."""

STEP = 0.05
"""Changes below this fraction are not worth telling the encoder."""


class BitrateGuide:
    """Says how many bits per second video may use, never more than ``ceiling``.

    ``audio_bitrate`` is kept free for the voice. Times are seconds of any one clock. Until
    ``opened``, when nobody listens, the target is the ceiling.
    """

    def __init__(self, ceiling: int, audio_bitrate: int) -> None:
        self.target = ceiling
        self.ceiling = ceiling
        self._audio = audio_bitrate
        self._allowed = float(ceiling)
        self._ramping = False
        self._losing = False
        self._lowered_at = float("-inf")
        self._sent: deque[tuple[float, int]] = deque()
        self._sent_bits = 0
        self._heard_at: float | None = None

    @property
    def congested(self) -> bool:
        """Whether the network has been found to take less than the ceiling."""
        return not self._ramping and self._allowed < self.ceiling

    def opened(self, now: float) -> int:
        """Somebody listens from now on; returns the target to start with."""
        self._ramping = True
        self._heard_at = now
        self._allowed = min(self.ceiling, max(START_BITRATE, self.ceiling / START_SHARE))
        self.target = round(self._allowed)
        return self.target

    def move_ceiling(self, ceiling: int) -> int:
        """Another picture may use so many: the target from now on. What the network has been found
        to take still holds.
        """
        free = self._allowed >= self.ceiling
        self.ceiling = ceiling
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
        if bits_per_second < self._sent_bits / WINDOW:
            self._lower(bits_per_second * SHARE - self._audio, now)
            self._heard_at = now
        else:
            self._rise(now)
        return self._news()

    def loss(self, fraction: float, now: float) -> int | None:
        """Take the share of packets (0..1) that a report tells lost; returns as ``estimate``."""
        self._losing = fraction >= LITTLE_LOST
        if fraction <= MUCH_LOST:
            self._ramping = self._ramping and not self._losing
            self._rise(now)
        elif now - self._lowered_at >= LOSS_PATIENCE:
            sending = max(MIN_BITRATE, self._sent_bits / WINDOW - self._audio)
            self._lower(min(self._allowed, sending) * (1 - fraction / 2), now)
        return self._news()

    def _lower(self, bits_per_second: float, now: float) -> None:
        self._ramping = False
        self._lowered_at = now
        self._allowed = max(MIN_BITRATE, min(self._allowed, bits_per_second))

    def _rise(self, now: float) -> None:
        elapsed = 0.0 if self._heard_at is None else min(WINDOW, now - self._heard_at)
        self._heard_at = now
        if not self._losing:
            growth: float = (RAMP if self._ramping else GROWTH) ** elapsed
            self._allowed = min(self.ceiling, self._allowed * growth)

    def _news(self) -> int | None:
        small = abs(self._allowed - self.target) <= STEP * self.target
        if round(self._allowed) == self.target or (small and self._allowed < self.ceiling):
            return None
        self.target = round(self._allowed)
        return self.target
