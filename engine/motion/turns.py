"""Phrases and pauses of one voice: when one begins and ends, and what a silence is by now.

A silence tells what it is only while it lasts: every one begins as a hesitation, becomes a breath
and, if nobody goes on, the end of a turn. A melody that said "complete" makes it the end of a turn
sooner (Gravano & Hirschberg 2011, "Turn-taking cues in task-oriented dialogue": falling pitch and
lengthening before a turn is given away; Heldner & Edlund 2010, "Pauses, gaps and overlaps in
conversations", for how long silences within and between turns are).
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.motion.layers import Pause
from engine.timeline import SAMPLE_RATE, Samples
from engine.voice import HESITATION_S, TURN_END_S

_SURE_TURN_END_S = 0.55
"""Silence after which a phrase that sounded complete has ended the turn: twice the 200 to 300 ms in
which a listener usually answers (Heldner & Edlund 2010, section 4)."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Where in speech or silence a moment lies; fields as in `engine.motion.layers.Moment`."""

    started: bool
    ended: bool
    pause: Pause
    since_s: float


class Turns:
    """Step through the moments of a voice in order; before the first word a turn has ended."""

    def __init__(self) -> None:
        self._speaking = False
        self._since: Samples = 0
        self._spoken = False
        self._final = 0.0

    def step(self, time: Samples, speaking: bool, final: float, quiet_from: Samples) -> Turn:
        """The next moment. ``final`` (0..1) counts as the phrase ends: how complete it sounded;
        ``quiet_from`` is then when its last sound ended, which is known only later; any other time
        counts for nothing.
        """
        started = speaking and not self._speaking
        ended = self._speaking and not speaking
        self._speaking = speaking
        if started:
            self._since, self._spoken = time, True
        elif ended:
            known = self._since < quiet_from < time
            self._since, self._final = quiet_from if known else time, final
        since_s = (time - self._since) / SAMPLE_RATE
        return Turn(started, ended, self._pause(since_s), since_s)

    def _pause(self, silent_s: float) -> Pause:
        if self._speaking:
            return Pause.NONE
        turn_end_s = TURN_END_S - (TURN_END_S - _SURE_TURN_END_S) * self._final
        if not self._spoken or silent_s >= turn_end_s:
            return Pause.TURN_END
        return Pause.BREATH if silent_s >= HESITATION_S else Pause.HESITATION
