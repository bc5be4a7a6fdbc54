"""Pictures over a bad network, in virtual time: a `Downlink`, an encoder that does as it is told,
and a receiver that does what browsers do: it estimates, reports, asks again, and freezes.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.options import SessionOptions
from engine.units import VideoUnit
from server.rtc.downlink import Downlink
from tests.network.link import Impairment, Link

FRAME_S = 0.04
SOUND_S, SOUND_BYTES = 0.02, 150
PAYLOAD, HEADERS = 1200, 34
FEEDBACK_BYTES = 60
KEYFRAME_S, LEAST_KEYFRAME = 0.15, 4_500
"""A keyframe has so many seconds of the bit rate, and so many bytes at least, at 512 x 512."""

REPORT_S, ANSWER_S, REPORT_BYTES = 0.1, 0.2, 60
"""How often the sender reports, and the receiver; a sender's report takes so much."""

HISTORY = 128
GIVE_UP_S = 3.0
"""A browser that has not been able to show anything for so long asks for a keyframe."""


@dataclass
class Packet:
    number: int
    frame: int
    first: bool
    last: bool
    key: bool
    size: int


@dataclass
class PictureCall:
    """A call of which the pictures are watched; times in seconds.

    ``waits`` has when each packet of sound was sent, and for how long it stood in queues.
    ``demand`` is the share of its bit rate that the encoder uses: a face at rest needs little.
    """

    down: Impairment
    up: Impairment
    seed: int = 1
    demand: float = 1.0
    options: SessionOptions = field(default_factory=SessionOptions)
    now: float = 0.0
    shown: list[tuple[float, int]] = field(default_factory=list)
    rates: list[tuple[float, int]] = field(default_factory=list)
    sizes: list[tuple[float, int]] = field(default_factory=list)
    strides: list[tuple[float, int]] = field(default_factory=list)
    waits: list[tuple[float, float]] = field(default_factory=list)
    keyframes: list[float] = field(default_factory=list)
    sent_bits: int = 0

    def __post_init__(self) -> None:
        self.link = Link(self.down, 2 * self.seed)
        self._back = Link(self.up, 2 * self.seed + 1)
        self._random = random.Random(self.seed)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._numbers = itertools.count()
        self._queue: list[Packet] = []
        self._sending = False
        self._history: dict[int, Packet] = {}
        self._key = True
        self._keyframe = 0
        self._bitrate = self.options.bitrate
        self._stride = 1
        self._reported = 0.0
        self.downlink = Downlink(self.options, self._control, lambda: self.now)
        self.downlink.measured(self.down.delay + self.up.delay)
        self._receiver = _Receiver(self)

    def run(self, seconds: float) -> PictureCall:
        """Call for so long."""
        self.at(0.0, self.downlink.opened)
        for number in range(int(seconds / FRAME_S)):
            self.at(number * FRAME_S, functools.partial(self._picture, number))
        for number in range(int(seconds / SOUND_S)):
            self.at(number * SOUND_S, self._sound)
        self._receiver.begin()
        while self._events and self._events[0][0] <= seconds:
            self.now, _, event = heapq.heappop(self._events)
            event()
        self.shown.append((seconds, -1))
        return self

    def frozen(self, since: float = 0.0) -> float:
        """Seconds of freezes, as WebRTC's statistics count them: of what lasts longer than three
        pictures and than one and 150 ms.
        """
        times = [time for time, _ in self.shown if time >= since]
        gaps = [after - before for before, after in itertools.pairwise(times)]
        return sum(gap for gap in gaps if gap > max(3 * FRAME_S, FRAME_S + 0.15))

    def waited(self, share: float, since: float = 0.0) -> float:
        """Seconds below which this share of the sound stood in queues."""
        waits = sorted(wait for at, wait in self.waits if at >= since)
        return waits[int(share * (len(waits) - 1))]

    def longest(self) -> float:
        """Seconds of the longest time without a new picture."""
        return max(after - before for (before, _), (after, _) in itertools.pairwise(self.shown))

    def at(self, time: float, event: Callable[[], None]) -> None:
        """Do something at a time."""
        heapq.heappush(self._events, (time, next(self._order), event))

    def change(self, down: Impairment) -> None:
        """Another network from now on."""
        self.link = Link(down, self.seed)

    def feedback(self, said: Callable[[], None]) -> None:
        """Carry a word of the receiver to the sender."""
        at = self._back.pass_on(FEEDBACK_BYTES, self.now)
        if at is not None:
            self.at(at, said)

    def resend(self, numbers: list[int]) -> None:
        """What `server.rtc.sender_hooks.limit_resending` does."""
        for number in sorted(numbers, key=lambda number: number < self._keyframe):
            kept = self._history.get(number % HISTORY)
            known = kept is not None and kept.number == number
            if known and self.downlink.may_resend_picture(kept.size):
                self._go(kept)
            elif number >= self._keyframe:
                self.downlink.too_much_lost()
                return

    def _control(self, **settings: float | str) -> None:
        self._key = self._key or bool(settings.get("keyframe"))
        if "bitrate" in settings:
            self._bitrate = int(settings["bitrate"])
            self.rates.append((self.now, self._bitrate))
        if "width" in settings:
            self._key = True
            self.sizes.append((self.now, int(settings["width"])))
        if "stride" in settings:
            self._stride = int(settings["stride"])
            self.strides.append((self.now, self._stride))

    def _picture(self, number: int) -> None:
        if number % self._stride:
            return
        usual = self._bitrate * self.demand * FRAME_S * self._stride / 8
        size = max(300, int(usual * self._random.lognormvariate(-0.03, 0.25)))
        key, self._key = self._key, False
        if key:
            self.keyframes.append(self.now)
            scale = self.sizes[-1][1] / self.options.width if self.sizes else 1
            size = int(max(self._bitrate * KEYFRAME_S / 8, LEAST_KEYFRAME * scale**2))
        if not self.downlink.admit(VideoUnit(number, 1, bytes(size), key)):
            return
        for start in range(0, size, PAYLOAD):
            last = start + PAYLOAD >= size
            packet = Packet(
                *(next(self._numbers), number, start == 0, last, key),
                min(PAYLOAD, size - start) + HEADERS,
            )
            if key and packet.first:
                self._keyframe = packet.number
            self._history[packet.number % HISTORY] = packet
            self._queue.append(packet)
        if not self._sending:
            self._send()

    def _send(self) -> None:
        self._sending = bool(self._queue)
        if self._queue:
            packet = self._queue.pop(0)
            self._go(packet)
            self.at(self.now + self.downlink.pause(packet.size), self._send)

        elif self.now - self._reported >= REPORT_S - 0.001:
            self._reported = self.now
            at = self.link.pass_on(REPORT_BYTES, self.now)
            if at is not None:
                self.at(at, functools.partial(self._receiver.report, self.now))

    def _go(self, packet: Packet) -> None:
        self.sent_bits += 8 * packet.size
        at = self.link.pass_on(packet.size, self.now)
        if at is not None:
            self.at(at, functools.partial(self._receiver.receive, packet, self.now))

    def _sound(self) -> None:
        at = self.link.pass_on(SOUND_BYTES, self.now)
        if at is not None:
            self.waits.append((self.now, at - self.now - self.link.impairment.delay))
        if self._back.pass_on(SOUND_BYTES, self.now) is not None:
            self.at(self.now + self.up.delay, self.downlink.heard)


class _Receiver:
    """Puts pictures together, asks again for what is missing, and tells what it finds."""

    def __init__(self, call: PictureCall) -> None:
        self._call = call
        self._estimator = _Estimator()
        self._trip = call.down.delay + call.up.delay
        self._highest = -1
        self._got: dict[int, Packet] = {}
        self._missing: dict[int, float] = {}
        self._next = 0
        self._reported = (0, 0)
        self._unique = 0
        self._last_shown = 0.0
        self._asked = 0.0
        self._last_report: tuple[float, float] | None = None

    def report(self, sent_at: float) -> None:
        """The sender's report has come."""
        self._last_report = sent_at, self._call.now

    def begin(self) -> None:
        self._call.at(self._call.now + ANSWER_S, self._report)
        self._call.at(self._call.now + 0.02, self._ask_again)

    def receive(self, packet: Packet, sent_at: float) -> None:
        call = self._call
        told = self._estimator.add(packet.size, sent_at, call.now)
        if told is not None:
            call.feedback(functools.partial(call.downlink.estimated, told))
        self._unique += packet.number not in self._got
        self._missing.pop(packet.number, None)
        for number in range(self._highest + 1, packet.number):
            self._missing[number] = -1.0
        self._highest = max(self._highest, packet.number)
        self._got[packet.number] = packet
        self._ask()
        self._show()

    def _ask(self) -> None:
        now, again = self._call.now, self._trip + 0.02
        due = [number for number, at in self._missing.items() if now - at >= again]
        if due:
            self._missing.update(dict.fromkeys(due, now))
            self._call.feedback(functools.partial(self._call.resend, due))

    def _ask_again(self) -> None:
        self._ask()
        call = self._call
        if call.now - max(self._last_shown, self._asked) >= GIVE_UP_S:
            self._asked = call.now
            call.feedback(call.downlink.keyframe_wanted)
        call.at(call.now + 0.02, self._ask_again)

    def _show(self) -> None:
        """Decode what can be decoded: in order, or on from a complete keyframe."""
        while frame := self._complete(self._next):
            self._shown(frame)
        for start in [p for p in self._got.values() if p.key and p.first and p.number > self._next]:
            if start.number > self._next and (frame := self._complete(start.number)):
                self._shown(frame)
                while frame := self._complete(self._next):
                    self._shown(frame)

    def _complete(self, first: int) -> list[Packet] | None:
        packets = []
        for number in itertools.count(first):
            packet = self._got.get(number)
            if packet is None or packet.frame != self._got[first].frame:
                return None
            packets.append(packet)
            if packet.last:
                return packets
        return None

    def _shown(self, frame: list[Packet]) -> None:
        self._next = frame[-1].number + 1
        self._last_shown = self._call.now
        self._call.shown.append((self._call.now, frame[0].frame))
        for number in [n for n in self._got if n < self._next]:
            del self._got[number]
        for number in [n for n in self._missing if n < self._next]:
            del self._missing[number]

    def _report(self) -> None:
        expected, unique = self._highest + 1, self._unique
        span, came = expected - self._reported[0], unique - self._reported[1]
        self._reported = expected, unique
        call = self._call
        if span > 0:
            fraction = max(0.0, 1 - came / span)
            call.feedback(functools.partial(call.downlink.lost, int(fraction * 256) / 256))
        if self._last_report is not None:
            sent_at, held = self._last_report[0], call.now - self._last_report[1]
            self._last_report = None
            call.feedback(lambda: call.downlink.answered(call.now - sent_at - held))
        call.at(call.now + ANSWER_S, self._report)


class _Estimator:
    """Of the kind that Chromium has for REMB, as far as it matters here.

    It begins near what arrives, rises by 8 % a second, no higher than 1.5 times what arrives, waits
    while packets take ever longer, and when that is found goes to 85 % of what arrives if that is
    lower. It finds it late: as measured, when packets take 80 ms longer than half a second before.
    A queue that is full and stays so looks like none.
    """

    def __init__(self) -> None:
        self._arrived: deque[tuple[float, int]] = deque()
        self._delays: deque[tuple[float, float]] = deque()
        self._begun: float | None = None
        self._estimate = 0.0
        self._told_at = 0.0
        self._held_until = 0.0

    def add(self, size: int, sent_at: float, now: float) -> int | None:
        """A packet; returns an estimate when it is time to tell it."""
        self._begun = now if self._begun is None else self._begun
        self._arrived.append((now, 8 * size))
        self._delays.append((now, now - sent_at))
        while self._arrived[0][0] < now - 1:
            self._arrived.popleft()
        while self._delays[0][0] < now - 0.5:
            self._delays.popleft()
        if now - self._begun < 1.2:
            return None
        arriving = sum(bits for _, bits in self._arrived)
        lower = 0.85 * arriving
        self._estimate = self._estimate or 1.2 * arriving
        if self._delays[-1][1] - min(delay for _, delay in self._delays) > 0.08:
            self._held_until = now + 0.3
            if lower < 0.97 * self._estimate:
                self._estimate, self._told_at = lower, now
                return int(lower)
        if now - self._told_at < 0.23:
            return None
        if now > self._held_until and self._estimate < 1.5 * arriving:
            self._estimate *= 1.08 ** min(1.0, now - self._told_at)
        self._told_at = now
        return int(self._estimate)
