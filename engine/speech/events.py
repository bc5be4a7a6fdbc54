"""Phones as events: which sound starts when, decided from the posteriors.

The motion never asks for a decision; captions, other avatars and files do. A phone starts when its
smoothed posterior has led for two frames and by enough, and it is dated back to the first of them;
it lasts until the next one starts. It is told at its start, as speech services tell visemes, since
who shows a mouth must not wait for a sound to end.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from engine.face import Floats
from engine.phones import PHONES, VISEME_OF
from engine.speech.vad import BACKDATE, ONSET_WINDOW
from engine.timeline import HOP, MOTION_HOP
from engine.units import PhoneUnit
from engine.voice import Heard

_LEADING_FRAMES = 2
"""Frames of 10 ms for which a phone must lead: no sound of speech is shorter than two."""

_ADVANTAGE = 0.6
"""What the leader must be ahead of the present phone, summed over its frames: sure changes take two
frames, doubtful ones longer, and those that waver between like sounds do not happen. On read speech
this gives as many phones as were said, where two frames alone give a third more."""

_SMOOTHING = np.array([0.25, 0.5, 0.25], np.float32)
"""Weights of a frame between its neighbours: boundaries stay where they are."""

_CLAIMABLE_HOPS = ONSET_WINDOW - 1 + BACKDATE // HOP
"""How far back speech may still be put when it starts: frames of no speech wait for so long."""

_KEPT_HOPS = 32

_REMEMBERED_HOPS = 50
"""What nobody has asked for is heard afterwards, a second of it: no sound but silence lasts longer,
so that whoever asks is told what they would have been told all along."""

_SILENCE = PHONES.index("SIL")
_SILENT = np.eye(len(PHONES), dtype=np.float32)[_SILENCE]


class PhoneEvents:
    """Hops in, phones that start out; before the first there is silence.

    ``head`` is the network's head to listen to and ``late`` by how many frames of 10 ms it answers
    late. A sure phone is told ``late`` and three frames after its start, in time for the picture
    that shows it; the first one of an utterance may have to wait for the voice activity.
    """

    def __init__(self, head: int, late: int) -> None:
        self._head = head
        self._late = late
        self._passed: deque[Heard] = deque(maxlen=_REMEMBERED_HOPS)
        self._lost = 0
        self._start(0)

    def _start(self, hops: int) -> None:
        """Go on after so many hops, as if all of them had been silent."""
        self._hops = hops
        self._active = np.zeros(_KEPT_HOPS, bool)
        self._waiting: deque[tuple[int, Floats]] = deque()
        self._window = np.tile(_SILENT, (len(_SMOOTHING), 1))
        self._current = _SILENCE
        self._leader = _SILENCE
        self._led = 0
        self._lead = 0.0
        self._advantage = 0.0

    def pass_over(self, heard: Heard) -> None:
        """A hop of which nobody wants the phones: it is only remembered."""
        self._lost += len(self._passed) == _REMEMBERED_HOPS
        self._passed.append(heard)

    def push(self, heard: Heard) -> list[PhoneUnit]:
        """The phones whose start this hop has made certain, in order; of what was passed over
        before, those that become certain now."""
        if self._lost:
            self._start(self._hops + self._lost)
            self._lost = 0
        while self._passed:
            self._hear(self._passed.popleft())
        return self._hear(heard)

    def _hear(self, heard: Heard) -> list[PhoneUnit]:
        self._remember(heard)
        first = 2 * (self._hops - 1) - self._late
        for row, posterior in enumerate(heard.posteriors[self._head]):
            if first + row >= 0:
                self._waiting.append((first + row, posterior))
        units: list[PhoneUnit] = []
        while self._waiting and (spoken := self._spoken(self._waiting[0][0])) is not None:
            frame, posterior = self._waiting.popleft()
            units += self._judge(frame, posterior if spoken else _SILENT)
        return units

    def _remember(self, heard: Heard) -> None:
        hop, self._hops = self._hops, self._hops + 1
        self._active[hop % _KEPT_HOPS] = heard.voice.active
        if heard.voice.started is not None:
            for earlier in range(heard.voice.started // HOP, hop):
                self._active[earlier % _KEPT_HOPS] = True

    def _spoken(self, frame: int) -> bool | None:
        """Whether a frame belongs to speech; None while that may still turn out."""
        hop = frame * MOTION_HOP // HOP
        if self._active[hop % _KEPT_HOPS]:
            return True
        return False if hop <= self._hops - 1 - _CLAIMABLE_HOPS else None

    def _judge(self, frame: int, posterior: Floats) -> list[PhoneUnit]:
        """Count who leads one frame ago, now that its later neighbour is known."""
        self._window[:-1] = self._window[1:]
        self._window[-1] = posterior
        smoothed = _SMOOTHING @ self._window
        leader = int(smoothed.argmax())
        if leader != self._leader:
            self._leader, self._led, self._lead, self._advantage = leader, 0, 0.0, 0.0
        self._led += 1
        self._lead += float(smoothed[leader])
        self._advantage += float(smoothed[leader] - smoothed[self._current])
        sure = self._led >= _LEADING_FRAMES and self._advantage >= _ADVANTAGE
        if leader == self._current or not sure:
            return []
        self._current = leader
        start = max(0, frame - self._led) * MOTION_HOP
        name = PHONES[leader]
        return [PhoneUnit(start, name, VISEME_OF[name], min(1.0, self._lead / self._led))]
