"""The way to one caller: how much of the picture their network can take, and what to do about it.

It hears what the receiver reports and tells the engine the bit rate, the size and when a keyframe
is due; it says how fast packets may leave and which are sent again. Decisions stand in `bitrate`,
`steps` and `pacing`; this is where they meet.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from engine.options import SessionOptions
from engine.units import VideoUnit
from server.rtc.bitrate import BitrateGuide
from server.rtc.pacing import (
    BURST_SECONDS,
    CONGESTED_BURST,
    CONGESTED_PACE,
    DRAIN,
    LEAST_BURST,
    LEAST_RESENT,
    PACE,
    RESEND_SECONDS,
    RESEND_SHARE,
    Bucket,
    Keyframes,
)
from server.rtc.queueing import QueueWatch
from server.rtc.steps import Steps

OUTAGE = 0.5
"""Seconds without a packet of the microphone after which the network is taken to have been away.
Discontinuous transmission of Opus leaves at most 0.4 s between two (RFC 6716, section 2.1.9)."""

PARDON = 1.5
"""Seconds after an outage in which reports of loss tell of the outage and not of congestion."""

AHEAD = 1.2
"""The bit rate may be found to be so much higher than a smaller picture can use, no more."""


STALL = 0.3
"""Seconds for which a moment in which this process stood still explains long round trips."""

CALM = 3.0
"""Seconds after the last sign of an uneven network until it counts as even again: a receiver that
is told now this and now that shows neither well."""

WORTH = (0.85, 1.5)
"""An encoder that makes a keyframe for every other bit rate is told of no change between these."""


class Control(Protocol):
    """Changes settings of the engine's session, by the names of `SessionOptions`."""

    def __call__(self, **settings: float | str) -> None:
        """Change them from the next picture on."""


class Downlink:
    """For a session of these ``options``; ``control`` reaches its engine, ``now`` is in seconds.

    ``held_back`` counts the pictures that were not sent because something before them was lost;
    ``loss`` is the share of packets that the receiver last missed, None before it has said so.
    """

    def __init__(self, options: SessionOptions, control: Control, now: Callable[[], float]) -> None:
        self._wanted = options.width, options.height
        self._sending: tuple[int, int] | None = None
        self.held_back = 0
        self.loss: float | None = None
        self._in_place = options.video_codec == "h264"
        self._told = 0
        self._control = control
        self._now = now
        self._guide = BitrateGuide(options.bitrate)
        self._queue = QueueWatch()
        self._steps = Steps()
        self._keyframes = Keyframes()
        self._pace = Bucket(LEAST_BURST)
        self._resent_picture = Bucket(LEAST_RESENT)
        self._resent_sound = Bucket(2 * LEAST_RESENT)
        self._resent_sound.rate = options.audio_bitrate
        self._draining_until: float | None = None
        self._heard_at: float | None = None
        self._pardoned_until = float("-inf")
        self._uneven_until = float("-inf")
        self._stalls: deque[tuple[float, float]] = deque()
        self._paced(self._guide.target)

    def even(self) -> bool:
        """Whether pictures can be expected to come as evenly as they leave: they do, and have done
        for ``CALM`` seconds.
        """
        now, guide = self._now(), self._guide
        if not self._queue.even or guide.congested or guide.losing:
            self._uneven_until = now + CALM
        return now >= self._uneven_until

    @property
    def bitrate(self) -> int:
        """Bits per second that pictures may use now."""
        return self._guide.target

    # --- what happens here ---

    def opened(self) -> None:
        """The caller can see from now on, perhaps over another network than before: begin low."""
        self._queue = QueueWatch()
        self._set(self._guide.opened(self._now()))

    def admit(self, picture: VideoUnit) -> bool:
        """Whether to send a picture that is due now; all that are, are told of."""
        if self._draining_until is not None:
            if picture.keyframe:
                self._draining_until = None
            else:
                self.held_back += 1
                if self._now() >= self._draining_until:
                    self.keyframe_wanted()
                return False
        self._guide.sent(len(picture.payload), self._now())
        return True

    def pause(self, size: int) -> float:
        """Seconds to wait after ``size`` bytes of picture, before the next."""
        return self._pace.owe(size, self._now())

    def force_keyframe(self) -> None:
        """The next picture must be one."""
        self._keyframes.made(self._now())
        self._control(keyframe=True)

    def size_asked_for(self) -> None:
        """The next size that comes into force has been asked for, whatever it is."""
        self._sending = None

    def as_wanted(self, look: Mapping[str, float | str]) -> dict[str, float | str]:
        """A look that has come into force, with the size that was asked for in place of ours."""
        shown = int(look["width"]), int(look["height"])
        if shown != self._sending:
            self._wanted, self._sending = shown, None
        return {**look, "width": self._wanted[0], "height": self._wanted[1]}

    def move_ceiling(self, bitrate: int) -> None:
        """What is shown has changed: the picture that was asked for may use so much now."""
        target = self._guide.move_ceiling(bitrate)
        if self._sending is None and self._steps.scale != 1:
            self._resize()
        self._told = 0  # another size has another encoder, with a rate of its own
        self._set(target)

    # --- what comes from the other side ---

    def heard(self) -> None:
        """A packet of the microphone has come."""
        now, before = self._now(), self._heard_at
        self._heard_at = now
        if before is not None and now - before >= OUTAGE:
            self._pardoned_until = now + PARDON
            self.keyframe_wanted()

    def measured(self, round_trip: float | None) -> None:
        """The round trip takes so many seconds; None while unknown."""
        self._keyframes.round_trip = round_trip

    def stalled(self, seconds: float) -> None:
        """This process has just stood still for so long: what comes now has waited here."""
        self._stalls.append((self._now(), seconds))

    def answered(self, round_trip: float) -> None:
        """A report that went out with the pictures was answered after so many seconds."""
        now = self._now()
        while self._stalls and self._stalls[0][0] < now - STALL:
            self._stalls.popleft()
        round_trip -= min(round_trip, max((lag for _, lag in self._stalls), default=0.0))
        narrow = self._guide.ramping or self._guide.congested
        if not self._queue.measured(round_trip, now, narrow=narrow):
            self._guide.no_queue()
        elif now >= self._pardoned_until:
            self._follow(self._guide.queue(now))

    def estimated(self, bits_per_second: int) -> None:
        """The receiver takes its network to be so wide (REMB)."""
        self._follow(self._guide.estimate(bits_per_second, self._now()))

    def lost(self, fraction: float) -> None:
        """The receiver misses this share of the pictures' packets since its last report."""
        self.loss = fraction
        if self._now() >= self._pardoned_until:
            self._follow(self._guide.loss(fraction, self._now()))

    def keyframe_wanted(self) -> None:
        """The receiver cannot go on without a keyframe, or so it says."""
        if self._keyframes.wanted(self._now()):
            self.force_keyframe()

    def may_resend_picture(self, size: int) -> bool:
        """Whether ``size`` bytes of picture may be sent again."""
        return self._resent_picture.take(size, self._now())

    def too_much_lost(self) -> None:
        """More is missing than may be sent again, or it is too old: only a keyframe helps."""
        now = self._now()
        if self._draining_until is None and self._keyframes.wanted(now):
            self._draining_until = now + DRAIN
            if now >= self._pardoned_until:
                self._guide.overrun(RESEND_SHARE, now)

    def may_resend_sound(self, size: int) -> bool:
        """Whether ``size`` bytes of sound may be sent again."""
        return self._resent_sound.take(size, self._now())

    def _follow(self, target: int | None) -> None:
        before = self._steps.scale, self._steps.stride
        if self._steps.follow(self._guide.target / self._guide.ceiling, self._now()):
            if self._steps.scale != before[0]:
                self._resize()
            if self._steps.stride != before[1]:
                self._control(stride=self._steps.stride)
            target = self._guide.target
        if target is not None:
            self._set(target)

    def _resize(self) -> None:
        self._sending = self._steps.size(*self._wanted)
        self._guide.limit = self._most() * AHEAD if self._steps.scale < 1 else float("inf")
        self._control(width=self._sending[0], height=self._sending[1])

    def _most(self) -> int:
        """Bits per second that belong to the size which is sent; with more, its encoder would be
        opened anew, each time with a keyframe.
        """
        return int(self._guide.ceiling * self._steps.scale**2)

    def _set(self, target: int) -> None:
        self._paced(target)
        bitrate = min(target, self._most())
        if self._in_place or not self._told or not WORTH[0] <= bitrate / self._told < WORTH[1]:
            self._told = bitrate
            self._control(bitrate=bitrate)

    def _paced(self, target: int) -> None:
        congested = self._guide.congested
        self._pace.rate = (CONGESTED_PACE if congested else PACE) * target
        burst = max(LEAST_BURST, round(target * BURST_SECONDS / 8))
        self._pace.size = CONGESTED_BURST if congested else burst
        self._resent_picture.rate = RESEND_SHARE * target
        self._resent_picture.size = max(LEAST_RESENT, round(target * RESEND_SECONDS / 8))
