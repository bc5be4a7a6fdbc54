"""How fast packets leave: keyframes spread out, retransmissions within a budget.

Pure arithmetic on one token bucket; times are seconds of any one clock.
"""

from __future__ import annotations

BURST = 6_000
"""Bytes that leave at once to those who share one encoding."""

BURST_SECONDS = 0.06
LEAST_BURST = 2_500
"""Seconds of the target rate that leave at once, and bytes at least: about what any picture but a
keyframe has, so that none waits."""

PACE = 2.5
"""Times the target rate at which the rest of a larger picture leaves: as WebRTC's own pacer, fast
enough not to be late, slow enough not to flood the queue before a bottleneck."""

RESEND_SHARE = 0.3
"""Part of the target rate that may be spent on sending again: beyond it, a keyframe is cheaper."""

CONGESTED_PACE = 1.25
CONGESTED_BURST = 1_300
"""The same where the network is known to be narrow, and bytes that leave at once: one packet. Sound
passes between packets that are kept back here, and waits for those that queue out there."""

RESEND_SECONDS = 0.15
LEAST_RESENT = 3_000
"""Seconds of the target rate that may be sent again at once, and bytes at least."""

DRAIN = 0.2
"""Seconds of silence before a keyframe that answers great losses, for queues to run dry: what
would be sent in them builds on what was lost, and would only get in the keyframe's way."""

TRANSIT = 0.3
"""Seconds that a keyframe may take to be made and, at the rate of a narrow link, to pass it."""

CALM = 5.0
MOST_PATIENCE = 2.4
"""Seconds without a keyframe after which the last is forgotten, and longest time to the next."""


class Bucket:
    """A token bucket of ``size`` bytes, filled with ``rate`` bits per second; both may change."""

    def __init__(self, size: int) -> None:
        self.rate = 0.0
        self.size = size
        self._left = float(size)
        self._filled_at = float("-inf")

    def take(self, size: int, now: float) -> bool:
        """Take so many bytes if they are there."""
        self._fill(now)
        if size > self._left:
            return False
        self._left -= size
        return True

    def owe(self, size: int, now: float) -> float:
        """Take so many bytes in any case; returns the seconds until the debt is paid."""
        self._fill(now)
        self._left -= size
        return max(0.0, -8 * self._left / self.rate) if self.rate > 0 else 0.0

    def _fill(self, now: float) -> None:
        elapsed = max(0.0, now - self._filled_at)
        self._filled_at = max(now, self._filled_at)
        self._left = min(self.size, self._left + min(elapsed, 3600) * self.rate / 8)


class Keyframes:
    """Which requests for a keyframe are worth one.

    A receiver repeats its request until a keyframe arrives. One that comes before that can have
    happened asks for what is under way: answering it is how keyframe storms begin, each making
    the next later. So after every keyframe on request the next must wait twice as long, until
    there has been calm.
    """

    def __init__(self) -> None:
        self.round_trip: float | None = None
        self._made_at = float("-inf")
        self._patience = TRANSIT

    def made(self, now: float) -> None:
        """One is made now, for whatever reason."""
        calm = now - self._made_at >= CALM
        self._patience = TRANSIT if calm else min(MOST_PATIENCE, 2 * self._patience)
        self._made_at = now

    def wanted(self, now: float) -> bool:
        """Whether to make one for a request that comes now."""
        return now - self._made_at >= self._patience + (self.round_trip or 0.0)
