"""Gaze: in contact with the viewer, away while an utterance is planned, back when it ends.

Eyes move in saccades and are never quite still between them; head and lids follow elsewhere.
"""

from __future__ import annotations

import math

import numpy as np

from engine.motion.attention import Manner, Places, Told, manner
from engine.motion.layers import STEP_S, Draft, Moment, Pause
from engine.motion.saccades import Eyes, Fixation, Point

_DEGREE = math.pi / 180

_PLANS_AT_ONSET, _PLANS_AT_PHRASE = 0.5, 0.15
"""How often an utterance, and a phrase within one, begins with a look away: most long utterances
do (Kendon 1967)."""

_HESITATES = 0.3
_HESITATION_S = (0.2, 0.5)
"""How often a silence within an utterance looks away (ibid.), and how long after speech broke off:
by then a mere stop is over."""

_PLANNING_S = 1.5
"""Mean look away while planning. From the onset on 2.2 s (Andrist et al. 2013), less for the
phrases that return before their time."""

_YIELDS, _YIELD_S = 0.7, (0.05, 0.25)
"""How often the end of a phrase ends a look away; a turn's end always does (Kendon 1967)."""

_LEAST_STILL_S = 0.15
"""Saccades do not follow closer than this (Carpenter 1988)."""

_LEAST_AWAY_S, _WANDERS_AWAY = 0.35, 2.5
"""Shortest look away, and how far eyes roam within a long one."""

_CONTACT_SPREAD, _AWAY_SPREAD, _REST_SPREAD = 0.65, 0.45, 0.5
"""Spread of the lognormal laws of durations."""

_FOLLOW = STEP_S / 0.2
"""Share per step by which a new gain comes into force."""


class Gaze:
    """Writes gaze. The gain scales how often and (by its root) how far eyes leave the viewer."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.gain = 1.0
        choices, places, eyes, unrest, told = rng.spawn(5)
        self._rng = choices
        self._places, self._eyes = Places(places), Eyes(eyes)
        self._unrest, self._told = Fixation(unrest), Told(told)
        self._size = 1.0
        self._away = False
        self._manner: Manner = manner(Moment(0, False, False, 0, 0, 0), False, False)
        self._fixated_s = 0.8
        self._away_s = 0.0
        self._contact, self._contact_due = 0.0, self._lasting(1.0, _CONTACT_SPREAD)
        self._plan_s: float | None = None
        self._in_turn = False

    def move(self, moment: Moment, draft: Draft) -> None:
        """Advance by one motion sample."""
        self._size += _FOLLOW * (math.sqrt(max(0.0, self.gain)) - self._size)
        moved = self._told.notice(moment, STEP_S)
        self._listen(moment)
        self._manner = manner(moment, self._in_turn, self._told.elsewhere)
        self._wait()
        if moved:
            self._return(moment)
        elif self._eyes.still_s >= _LEAST_STILL_S:
            self._choose(moment)
        yaw, pitch = self._eyes.advance()
        off_yaw, off_pitch = self._unrest.advance(not self._eyes.moving)
        draft.gaze[0] += (yaw + self._size * off_yaw) * _DEGREE
        draft.gaze[1] += (pitch + self._size * off_pitch) * _DEGREE

    def _listen(self, moment: Moment) -> None:
        """What the voice says about looking away and back."""
        if moment.started:
            self._plan(_PLANS_AT_PHRASE if self._in_turn else _PLANS_AT_ONSET, (0.0, 0.12))
        if moment.ended:
            if self._rng.random() < _YIELDS:
                self._yield()
            self._plan(_HESITATES, _HESITATION_S)
        if moment.speaking:
            self._in_turn = True
        elif self._in_turn and moment.pause is Pause.TURN_END:
            self._in_turn, self._plan_s, self._contact = False, None, 0.0
            self._yield()

    def _yield(self) -> None:
        """If away, come back to the viewer soon."""
        self._away_s = min(self._away_s, float(self._rng.uniform(*_YIELD_S)))

    def _plan(self, chance: float, within_s: tuple[float, float]) -> None:
        """Perhaps look away soon, to think."""
        drawn, wait_s = float(self._rng.random()), float(self._rng.uniform(*within_s))
        self._plan_s = wait_s if drawn < chance * self.gain and not self._away else None

    def _wait(self) -> None:
        self._fixated_s -= STEP_S
        self._away_s -= STEP_S
        if self._plan_s is not None:
            self._plan_s -= STEP_S
        if not self._away:
            self._contact += STEP_S * self.gain / self._manner.contact_s

    def _choose(self, moment: Moment) -> None:
        """Start the next look, if it is time for one."""
        if self._away:
            if self._away_s <= 0 or self.gain <= 0:
                self._return(moment)
            elif self._fixated_s <= 0:
                self._roam()
        elif self._plan_s is not None and self._plan_s <= 0:
            self._leave(planning=True)
        elif self._contact >= self._contact_due:
            self._leave(planning=False)
        elif self._fixated_s <= 0:
            self._return(moment)

    def _leave(self, planning: bool) -> None:
        """Look away; or, when attending to something else, at the viewer."""
        away = self._places.away(planning)
        if self._told.elsewhere:
            away = self._places.on_face(self._manner.mouth)
        mean_s = _PLANNING_S if planning else self._manner.away_s
        self._away, self._plan_s = True, None
        self._away_s = max(_LEAST_AWAY_S, self._lasting(mean_s, _AWAY_SPREAD))
        self._contact, self._contact_due = 0.0, self._lasting(1.0, _CONTACT_SPREAD)
        self._goal = self._size * away[0], self._size * away[1]
        self._look(self._goal, 0.8)

    def _roam(self) -> None:
        """Another fixation within a look away."""
        x, y = self._rng.normal(0, _WANDERS_AWAY, 2).tolist()
        if self._told.elsewhere:
            x, y = self._places.on_face(self._manner.mouth)
            self._goal = 0.0, 0.0
        self._look((self._goal[0] + self._size * x, self._goal[1] + 0.6 * self._size * y), 0.8)

    def _return(self, moment: Moment) -> None:
        """Look at what has the attention: another point of it, if eyes are there already."""
        self._away = False
        face = moment.others or not self._told.elsewhere
        x, y = self._places.on_face(self._manner.mouth) if face else self._places.nearby()
        yaw, pitch = self._told.place
        self._look((yaw + self._size * x, pitch + self._size * y), self._manner.rest_s)

    def _look(self, goal: Point, rest_s: float) -> None:
        self._eyes.look(goal)
        self._fixated_s = self._lasting(rest_s, _REST_SPREAD) + 0.1

    def _lasting(self, mean: float, spread: float) -> float:
        """A duration by a lognormal law with that mean."""
        normal = float(self._rng.standard_normal())
        return mean * math.exp(spread * normal - spread * spread / 2)
