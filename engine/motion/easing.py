"""Ways to get from where something is to where it should be, without a jerk."""

from __future__ import annotations

import math

import numpy as np

from engine.motion.layers import STEP_S


class Spring:
    """Follows a target as a critically damped spring does: no overshoot, no jump of its speed.

    Of a sudden change half is made up after 1.7 ``time_s``, nine tenths after 3.9.
    """

    __slots__ = ("_decay", "_rate", "_speed", "value")

    def __init__(self, time_s: float, value: float = 0.0) -> None:
        self.value = value
        self._rate = 1 / time_s
        self._decay = math.exp(-STEP_S / time_s)
        self._speed = 0.0

    def step(self, target: float) -> float:
        """The value 10 ms later; exact for a target that stands (closed form of the spring)."""
        rate, decay, speed = self._rate, self._decay, self._speed
        off = self.value - target
        pull = speed + rate * off
        self.value = value = target + (off + pull * STEP_S) * decay
        self._speed = (speed - rate * pull * STEP_S) * decay
        return value


class Reach:
    """Reaches as limbs do: the smoothest way from here, at this speed, to rest there in time.

    Minimum jerk (Flash and Hogan 1985, "The coordination of arm movements"). A new goal may be set
    at any time: place, speed and acceleration go on from what they are.
    """

    __slots__ = ("_from", "_path", "_seconds", "_within_s", "goal", "value")

    def __init__(self, value: float = 0.0) -> None:
        self.value = self.goal = value
        self._path = (0.0, 0.0, 0.0, 0.0, 0.0)
        self._from = value
        self._seconds = self._within_s = 0.0

    def to(self, goal: float, seconds: float) -> None:
        """Be at ``goal`` in that time."""
        speed, acceleration = self._motion()
        off = goal - self.value
        v, a = speed * seconds, acceleration * seconds * seconds
        self._path = (
            v,
            a / 2,
            10 * off - 6 * v - 1.5 * a,
            -15 * off + 8 * v + 1.5 * a,
            6 * off - 3 * v - 0.5 * a,
        )
        self._from, self.goal = self.value, goal
        self._seconds, self._within_s = 0.0, seconds

    @property
    def there(self) -> bool:
        """Whether the goal is reached."""
        return self._seconds >= self._within_s

    def step(self) -> float:
        """The value 10 ms later."""
        if not self.there:
            self._seconds += STEP_S
            x = self._seconds / self._within_s
            p1, p2, p3, p4, p5 = self._path
            self.value = self._from + x * (p1 + x * (p2 + x * (p3 + x * (p4 + x * p5))))
            if self.there:
                self.value = self.goal
        return self.value

    def _motion(self) -> tuple[float, float]:
        """Speed and acceleration now, per second."""
        if self.there:
            return 0.0, 0.0
        x, span = self._seconds / self._within_s, self._within_s
        p1, p2, p3, p4, p5 = self._path
        speed = p1 + x * (2 * p2 + x * (3 * p3 + x * (4 * p4 + x * 5 * p5)))
        acceleration = 2 * p2 + x * (6 * p3 + x * (12 * p4 + x * 20 * p5))
        return speed / span, acceleration / (span * span)


class Roaming:
    """Small moves to ever new places about 0, at irregular times: how what is alive keeps still.

    A body part that rests goes from place to place in single strokes and not in waves. ``pause_s``
    is the mean time between strokes, ``spread`` the standard deviation of the places.
    """

    def __init__(self, rng: np.random.Generator, pause_s: float, spread: float) -> None:
        self._rng = rng
        self._pause_s, self._spread = pause_s, spread
        self._reach = Reach(float(rng.normal(0, spread)))
        self._left_s = float(rng.uniform(0, pause_s))

    def step(self) -> float:
        """The place 10 ms later."""
        self._left_s -= STEP_S
        if self._left_s <= 0:
            place, lasting, swiftness = self._rng.random(3).tolist()
            # Three draws make a near-normal place; times are irregular, but never nervous.
            goal = self._spread * 3.46 * (place - 0.5) - 0.3 * self._reach.value
            self._left_s = self._pause_s * (0.4 - 0.75 * math.log(1 - 0.95 * lasting))
            self._reach.to(goal, self._left_s * (0.65 + 0.35 * swiftness))
        return self._reach.step()
