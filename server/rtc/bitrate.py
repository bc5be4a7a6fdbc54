"""The video bit rate, out of what the receiver says of its network: an estimate, its losses, and
how long our own reports take to be answered.

Three controllers, and the lowest rate of all, the first two as in Google Congestion Control
(Carlucci et al., Analysis and Design of the Google Congestion Control for WebRTC, 2016;
draft-ietf-rmcat-gcc-02).

Delay, judged by the receiver, as REMB (draft-alvestrand-rmcat-remb-03). That is no plain upper
bound: it rises by 8 % a second from wherever it began, and while less is sent than the network
could take, it stays near one and a half times what arrives (section 5.5 of the draft). A face at
rest needs little. But where the receiver finds its network overused, it goes down to 85 % of what
arrives. So only an estimate below what is being sent, and falling or stuck there, tells of
congestion.

Loss, from receiver reports (section 6 of the draft): above a tenth the rate falls by half the
loss, below a twentieth it may rise, in between it stays, as retransmission makes such losses good.
The draft has a fiftieth there, and takes all loss for congestion; here what is always lost, up to
a tenth, is taken for the nature of the network, which sending less would not change.

Round trips, judged here (`server.rtc.queueing`): a queue before a bottleneck is seen in them some
tenths of a second before the receiver's estimate falls, and sound waits in it.

A call starts low, for nothing is known yet, and nearly doubles each second until the first sign of
congestion. Near a rate that was too much it then stays below it, for longer each time that it is
found again: every overshoot is heard, as a listener's jitter buffer answers with delay of its own,
which it keeps for half a minute.
"""

from __future__ import annotations

from collections import deque

MIN_BITRATE = 100_000
START_BITRATE = 150_000
START_SHARE = 6
"""A call starts with this, or with so manyth a part of what it may use if that is more."""

RAMP = 2.0
"""Factor per second by which the rate rises until something is found to be in its way."""

GROWTH = 1.15
"""The same from then on."""

CAREFUL = 1.02
NEAR, BEYOND = 0.8, 1.2
"""The same between these parts of a rate that was too much; beyond, it no longer was too much."""

PATIENCE, MOST_PATIENCE = 10.0, 80.0
"""Seconds for which the rate stays below ``NEAR``, the first time and after many."""

SHARE = 0.95
RAMP_SHARE = 0.85
"""Part of a congested estimate that is used, and of what arrives where the ramp went too far: the
rest carries headers and drains queues."""

FALLING = 0.97
STUCK = 0.5
"""An estimate has fallen if it is below this part of the last; it is stuck if for so many seconds
it has not risen and was always below what is sent."""

MUCH_LOST = 0.10
LITTLE_LOST = 0.05
BURST_LOST = 0.25
NOTICED = 0.005
"""Shares of packets, on average; that much in one report need not be averaged."""

LOSS_TIME, USUAL_TIME = 1.0, 10.0
"""Seconds over which loss is averaged, and over which it becomes what is usual."""

QUEUE_SHARE = 0.7
QUEUE_PATIENCE = 0.8
"""What is kept of the rate where a queue has been seen, and seconds until one seen again is not the
same that drains."""

RAMP_QUEUE_SHARE = 0.5
"""What is kept where the ramp has made it: that is longer, and sound is to wait in it for as short
a time as may be."""

LOSS_PATIENCE = 0.2
"""Seconds between two reductions for loss: what was lost before the first says nothing new."""

WINDOW = 1.0
"""Seconds over which the sending rate is measured, and of rising that one report may bring."""

STEP = 0.05
"""Changes below this fraction are not worth telling the encoder."""


class BitrateGuide:
    """Says how many bits per second video may use, never more than ``ceiling``.

    Times are seconds of any one clock. Until ``opened``, when nobody listens, the target is the
    ceiling. Above ``limit`` it does not rise for now: what is not sent finds nothing out.
    """

    def __init__(self, ceiling: int) -> None:
        self.target = ceiling
        self.ceiling = ceiling
        self.limit = float("inf")
        self._allowed = float(ceiling)
        self._ramping = False
        self._losing = False
        self._loss = self._usual = 0.0
        self._reported_at = 0.0
        self._lowered_at = float("-inf")
        self._too_much = float("inf")
        self._patience = PATIENCE
        self._estimate = 0
        self._below_since: float | None = None
        self._sent: deque[tuple[float, int]] = deque()
        self._sent_bits = 0
        self._heard_at: float | None = None

    @property
    def congested(self) -> bool:
        """Whether the network has been found to take less than the ceiling."""
        return not self._ramping and self._allowed < self.ceiling

    @property
    def ramping(self) -> bool:
        """Whether nothing has been found to be in the way since the start."""
        return self._ramping and self._allowed < self.ceiling

    @property
    def losing(self) -> bool:
        """Whether packets have been lost of late, and now and then one comes a round trip later."""
        return self._loss > NOTICED

    def opened(self, now: float) -> int:
        """Somebody listens from now on; returns the target to start with."""
        self._ramping = True
        self._estimate, self._below_since = 0, None  # of another connection, if of any
        self._heard_at = self._reported_at = now
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
        """``size`` bytes of picture have left."""
        self._sent.append((now, size * 8))
        self._sent_bits += size * 8
        while self._sent[0][0] <= now - WINDOW:
            self._sent_bits -= self._sent.popleft()[1]

    def estimate(self, bits_per_second: int, now: float) -> int | None:
        """Take an estimate; returns a new target when it is worth telling the encoder.

        Browsers make it of the picture alone: sound carries no sending times here.
        """
        before, self._estimate = self._estimate, bits_per_second
        below = bits_per_second < self._sending
        fallen = below and bits_per_second < FALLING * before
        if not below or bits_per_second > before:
            self._below_since = None
        elif self._below_since is None:
            self._below_since = now
        stuck = self._below_since is not None and now - self._below_since >= STUCK
        if fallen or stuck:
            self._below_since = None
            self._lower(bits_per_second * SHARE, now)
            self._heard_at = now
        elif not below or self._ramping:
            self._rise(now)
        return self._news()

    def loss(self, fraction: float, now: float) -> int | None:
        """Take the share of packets (0..1) that a report tells lost; returns as ``estimate``."""
        elapsed = now - self._reported_at
        self._reported_at = now
        self._loss += min(1.0, elapsed / LOSS_TIME) * (fraction - self._loss)
        self._usual += min(1.0, elapsed / USUAL_TIME) * (fraction - self._usual)
        unusual = min(self._usual, MUCH_LOST)
        excess = self._loss - unusual
        self._losing = excess > LITTLE_LOST
        if excess > MUCH_LOST or fraction - unusual > BURST_LOST:
            self.overrun(fraction, now)
        else:
            self._rise(now)
        return self._news()

    def queue(self, now: float) -> int | None:
        """What is sent waits in a queue that was not there before; returns as ``estimate``."""
        if now - self._lowered_at >= QUEUE_PATIENCE:
            share = RAMP_QUEUE_SHARE if self._ramping else QUEUE_SHARE
            self._lower(min(self._allowed, self._sending) * share, now)
        return self._news()

    def no_queue(self) -> None:
        """What is sent does not wait: an estimate that is low, and stays so, began low."""
        self._below_since = None

    def overrun(self, fraction: float, now: float) -> None:
        """So much of what is sent is more than the network takes."""
        if self._ramping:  # perhaps far more: down to what arrives
            self._lower(self._sending * (1 - fraction) * RAMP_SHARE, now)
        elif now - self._lowered_at >= LOSS_PATIENCE:
            self._lower(min(self._allowed, self._sending) * (1 - fraction / 2), now)

    @property
    def _sending(self) -> float:
        """Bits per second of picture over the last ``WINDOW``."""
        return self._sent_bits / WINDOW

    def _lower(self, bits_per_second: float, now: float) -> None:
        if now - self._lowered_at >= WINDOW:  # or it is one and the same congestion
            again = NEAR * self._too_much < self._allowed < BEYOND * self._too_much
            self._patience = min(MOST_PATIENCE, 2 * self._patience) if again else PATIENCE
            self._too_much = max(MIN_BITRATE, min(self._allowed, self._sending))
        self._ramping = False
        self._lowered_at = now
        self._allowed = max(MIN_BITRATE, min(self._allowed, bits_per_second))

    def _rise(self, now: float) -> None:
        elapsed = 0.0 if self._heard_at is None else min(WINDOW, now - self._heard_at)
        self._heard_at = now
        if not self._losing:
            most = min(self.ceiling, self.limit)
            if now - self._lowered_at < self._patience:
                most = min(most, NEAR * self._too_much)
            self._allowed = max(self._allowed, min(most, self._allowed * self._growth**elapsed))

    @property
    def _growth(self) -> float:
        if self._ramping:
            return RAMP
        return CAREFUL if NEAR <= self._allowed / self._too_much < BEYOND else GROWTH

    def _news(self) -> int | None:
        small = abs(self._allowed - self.target) <= STEP * self.target
        if round(self._allowed) == self.target or (small and self._allowed < self.ceiling):
            return None
        self.target = round(self._allowed)
        return self.target
