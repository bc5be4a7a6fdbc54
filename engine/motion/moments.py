"""From what is heard to what a layer may know: the voice around each motion sample."""

from __future__ import annotations

import dataclasses

from engine.motion.layers import Moment
from engine.motion.turns import Turns
from engine.timeline import HOP, MOTION_HOP, Samples
from engine.voice import Heard, Prosody

_KEPT = 32
"""Hops of voice and prosody held: the longest look-ahead and back-dating, with room to spare."""

_OPEN_AHEAD: Samples = 4 * MOTION_HOP
"""The mouth may part this long before the first sound, where the look-ahead knows of it."""

_SOON: Samples = 16 * MOTION_HOP
"""A phrase is told of this long before: lips part 100 to 200 ms before they are needed."""

_ACCENT_AHEAD: Samples = 10 * MOTION_HOP
"""Accents are told of this long before: brows begin to rise before the accent they mark."""

_STALE: Samples = 30 * MOTION_HOP
"""A stressed syllable that becomes certain later than this has gone by: a nod would be odd."""

_SILENT_HOPS = 3
"""Hops that do not count where somebody is cut short: one on its way, and the filters' memory."""


class Moments:
    """Hear hops in order, then ask for the moments that the look-ahead allows, in order.

    ``listening``: the voice is somebody else's, so that it is heard and not said. ``others``:
    somebody else is said to speak.
    """

    def __init__(self, look_ahead: Samples) -> None:
        self.listening = False
        self.others = False
        self._open_ahead = min(_OPEN_AHEAD, look_ahead)
        self._accent_ahead = min(_ACCENT_AHEAD, look_ahead)
        self._soon = min(_SOON, look_ahead)
        self._turns = Turns()
        self._hops = 0
        self._active = [False] * _KEPT
        self._prosody: list[Prosody] = []
        self._stressed: list[Samples] = []
        self._quiet_from: Samples = 0
        self._was_others = False
        self._deaf, self._deaf_until = False, 0

    def hush(self) -> None:
        """Whoever speaks has been cut short: what was heard till now is not said, nor is what voice
        activity still makes of it. Speech counts again once `_SILENT_HOPS` have passed.
        """
        self._active = [False] * _KEPT
        self._stressed = []
        self._deaf, self._deaf_until = True, self._hops + _SILENT_HOPS

    def hear(self, heard: Heard) -> None:
        """The next hop."""
        hop, voice = self._hops, heard.voice
        lingers = hop < self._deaf_until or (voice.active and not voice.vote)
        deaf = self._deaf = self._deaf and lingers
        self._active[hop % _KEPT] = voice.active and not deaf
        if voice.started is not None and not deaf:
            for earlier in range(voice.started // HOP, hop):
                self._active[earlier % _KEPT] = True
        if voice.ended is not None:
            self._quiet_from = voice.ended
        self._prosody.append(heard.prosody)
        del self._prosody[:-_KEPT]
        if heard.prosody.stressed_at is not None:
            self._stressed.append(heard.prosody.stressed_at)
        self._hops += 1

    def at(self, time: Samples) -> Moment:
        """The moment at a media time; each is asked for once."""
        now, until = self._hop(time), self._hop(time + self._open_ahead)
        voiced = self._voiced(now, until)
        prosody = self._prosody[now - self._hops]
        stressed = self._stressed_by(time)
        speaking = voiced and not self.listening
        turn = self._turns.step(time, speaking, prosody.final, self._quiet_from)
        others = self.others or (voiced and self.listening)
        others_ended, self._was_others = self._was_others and not others, others
        moment = Moment(
            time=time,
            speaking=speaking,
            ended=turn.ended,
            effort=prosody.effort,
            pitch=prosody.pitch,
            contour=self._prosody[until - self._hops].contour,
            accent=prosody.accent,
            started=turn.started,
            pause=turn.pause,
            since_s=turn.since_s,
            stressed=stressed,
            rate=prosody.rate,
            arousal=prosody.arousal,
            valence=prosody.valence,
            question=prosody.question if turn.ended or others_ended else 0.0,
            laughing=prosody.laughing,
            others=others,
            others_ended=others_ended,
            coming=self._coming(now, time),
            soon=not speaking and self._voiced(until, self._hop(time + self._soon)),
        )
        return _unsaid(moment, prosody) if self.listening else moment

    def _hop(self, time: Samples) -> int:
        """The hop that tells of a time, as far as any has been heard."""
        return min(max(0, time - 1) // HOP, self._hops - 1)

    def _voiced(self, first: int, last: int) -> bool:
        return any(self._active[hop % _KEPT] for hop in range(first, last + 1))

    def _coming(self, now: int, time: Samples) -> float:
        until = self._hop(time + self._accent_ahead)
        return max(self._prosody[hop - self._hops].accent for hop in range(now, until + 1))

    def _stressed_by(self, time: Samples) -> bool:
        """Whether a stressed syllable is due: at its own time, or as soon as it is known."""
        if not self._stressed:
            return False
        due = [peak for peak in self._stressed if peak <= time]
        self._stressed = [peak for peak in self._stressed if peak > time]
        return any(time - peak <= _STALE for peak in due)


def _unsaid(moment: Moment, theirs: Prosody) -> Moment:
    """The moment of one who only listens: what the voice tells is not about them."""
    return dataclasses.replace(
        moment,
        effort=0.0,
        pitch=0.0,
        contour=0.0,
        accent=0.0,
        coming=0.0,
        stressed=False,
        rate=0.0,
        arousal=0.0,
        valence=0.0,
        laughing=0.0,
        soon=False,
        theirs=theirs,
    )
