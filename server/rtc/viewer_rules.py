"""The rules that keep one viewer from disturbing another: keyframes that are asked for together,
and pictures that are kept from a network which cannot take them.

Nothing here waits or sends; times are seconds of any one clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

KEYFRAME_INTERVAL = 0.5
"""Seconds between keyframes for viewers; a request that comes sooner waits for its turn."""

SLOW_SHARE = 0.5
"""A network that is estimated to take less than this part of what is sent is too slow for it. One
that takes more, and not all, shows it by what it loses; estimates alone are too often too low."""

SLOW_FOR = 1.0
"""Seconds for which estimates must say so."""

HOLD = 2.0
MOST_HOLD = 30.0
"""Seconds without pictures in which a slow network's queues run dry: twice as many after each
trial that fails, as what it costs is sound, and at most."""

FORGIVEN = 10.0
"""Seconds of pictures after which earlier trials do not count."""

MUCH_LOST = 0.2
"""Part of the packets whose loss in two reports on end tells the same of a network."""

TRIAL = 3.0
"""Seconds of pictures after which a network's estimate says something about them: while little was
sent, it is near one and a half times that little (draft-ietf-rmcat-gcc-02, section 5.5)."""

RATE_WINDOW = 2.0


class KeyframeRequests:
    """Requests for keyframes, merged; times in seconds of any one clock."""

    def __init__(self, force: Callable[[], None]) -> None:
        self._force = force
        self._wanted = False
        self._forced_at = float("-inf")

    def ask(self, now: float) -> None:
        """Somebody needs one."""
        self._wanted = True
        self.tick(now)

    def came(self) -> None:
        """There was one, for whatever reason: everybody has it."""
        self._wanted = False

    def tick(self, now: float) -> None:
        """Pass on what had to wait."""
        if self._wanted and now - self._forced_at >= KEYFRAME_INTERVAL:
            self._forced_at = now
            self._wanted = False
            self._force()


class Pace:
    """Whether one viewer's network can take the pictures; times in seconds of any one clock."""

    def __init__(self) -> None:
        self.holding = False
        self._until = float("-inf")
        self._trusted_from = float("-inf")
        self._bad_reports = 0
        self._low_since: float | None = None
        self._opened_at = float("-inf")
        self._hold = HOLD

    def opened(self, now: float) -> None:
        """Pictures flow from now on."""
        self._opened_at = now
        self._trusted_from = now + TRIAL

    def estimate(self, bits_per_second: int, sent: float, now: float) -> None:
        """The network takes so much, and so much is ``sent`` (both bit/s)."""
        if bits_per_second >= SLOW_SHARE * sent:
            self._low_since = None
        elif self._low_since is None:
            self._low_since = now
        elif now - self._low_since >= SLOW_FOR:
            self._too_slow(now)

    def lost(self, fraction: float, now: float) -> None:
        """This share of the packets has been lost since the last report."""
        self._bad_reports = self._bad_reports + 1 if fraction >= MUCH_LOST else 0
        if self._bad_reports >= 2:
            self._too_slow(now)

    def _too_slow(self, now: float) -> None:
        if self.holding or now < self._trusted_from:
            return
        if now - self._opened_at >= TRIAL + FORGIVEN:
            self._hold = HOLD
        self.holding, self._until = True, now + self._hold
        self._hold = min(MOST_HOLD, 2 * self._hold)

    def resumes(self, now: float) -> bool:
        """Whether a hold has just ended."""
        if not self.holding or now < self._until:
            return False
        self.holding = False
        self.opened(now)
        return True


class SentRate:
    """Bits per second over the last ``RATE_WINDOW``."""

    def __init__(self) -> None:
        self._units: deque[tuple[float, int]] = deque()
        self._bits = 0

    def add(self, size: int, now: float) -> None:
        """``size`` bytes have left."""
        self._units.append((now, size * 8))
        self._bits += size * 8
        while self._units[0][0] <= now - RATE_WINDOW:
            self._bits -= self._units.popleft()[1]

    @property
    def bits_per_second(self) -> float:
        """The rate."""
        return self._bits / RATE_WINDOW
