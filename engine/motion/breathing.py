"""Breath: a tide in silence; in speech a quick draught in a pause and a long way out."""

from __future__ import annotations

import numpy as np

from engine.motion.easing import Reach
from engine.motion.layers import Moment, Pause

_CYCLE_S, _VARIES = 4.0, 0.14
_IN_SHARE = 0.4
"""15 breaths a minute at rest, in for 40 % of each (McFarland 2001, "Respiratory markers of
conversational interaction"); no two alike."""

_FASTER = 0.35
"""Share by which an arousal of 1 quickens and deepens it."""

_DRAUGHT_S, _CATCH_S = (0.42, 0.70), (0.28, 0.40)
"""In for speech: some half a second in a pause, which is 10 to 15 % of the cycle (ibid.); less
where speech has begun before it was expected."""

_DRAUGHT = (1.15, 1.75)
"""How deep: speech begins from about twice the depth of a breath at rest (Winkworth et al. 1995,
"Breathing patterns during spontaneous speech"), and deepens with what is to be said."""

_LAST_S, _SPENT = (7.0, 11.0), -0.25
"""One such breath lasts a phrase of this length, at the end of which less than at rest is left."""

_OWING, _CATCH = 0.55, (0.75, 1.0)
"""Speech that begins with less than this catches some breath, up to there."""

_LAST_OF_IT = 0.2
"""Nobody speaks while drawing breath: what is under way ends with about this much more."""

_HALF_EMPTY = 0.3


class Breathing:
    """Volume above the resting level: 1 at the top of a quiet breath."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._volume = Reach()
        self._drawn = False
        self._talking = False
        self._volume.to(0.0, float(rng.uniform(0.1, _CYCLE_S)))

    def step(self, moment: Moment) -> float:
        """The volume 10 ms later."""
        if moment.speaking:
            self._speak(moment)
        elif self._talking and moment.pause is Pause.BREATH and not self._drawn:
            self._drawn = True
            self._draw(_DRAUGHT_S, _DRAUGHT)
        elif self._volume.there and moment.pause in (Pause.NONE, Pause.TURN_END):
            self._talking = False
            self._tide(moment)
        return self._volume.step()

    def _speak(self, moment: Moment) -> None:
        """In, where there is too little left, then out for as long as it lasts."""
        self._talking, self._drawn = True, False
        volume = self._volume
        rising = not volume.there and volume.goal > volume.value
        if moment.started and rising:
            volume.to(min(volume.goal, volume.value + _LAST_OF_IT), _CATCH_S[0])
        elif moment.started and volume.value < _OWING:
            self._draw(_CATCH_S, _CATCH)
        elif volume.there and volume.value > _SPENT:
            left = volume.value - _SPENT
            volume.to(_SPENT, left / (_DRAUGHT[1] - _SPENT) * float(self._rng.uniform(*_LAST_S)))

    def _draw(self, seconds: tuple[float, float], depth: tuple[float, float]) -> None:
        deep, swift = self._rng.random(2).tolist()
        goal = depth[0] + (depth[1] - depth[0]) * deep
        self._volume.to(goal, seconds[0] + (seconds[1] - seconds[0]) * swift)

    def _tide(self, moment: Moment) -> None:
        """The next half of a breath at rest."""
        inward = self._volume.value < _HALF_EMPTY
        cycle_s, deep = self._cycle_s(moment), float(self._rng.uniform(0.8, 1.2))
        if inward:
            deeper = 1 + _FASTER * max(0.0, moment.arousal)
            self._volume.to(deep * deeper, _IN_SHARE * cycle_s)
        else:
            self._volume.to(0.0, (1 - _IN_SHARE) * cycle_s)

    def _cycle_s(self, moment: Moment) -> float:
        varied = 1 + _VARIES * float(np.clip(self._rng.standard_normal(), -2, 2))
        return _CYCLE_S * varied / (1 + _FASTER * max(0.0, moment.arousal))
