"""How parts of a face get somewhere: in gestures that come and go, or after what leads them."""

from __future__ import annotations

from engine.face import Floats
from engine.motion.layers import STEP_S, Draft, smooth_step


class Follower:
    """A value that goes after another, gently at both ends: two lags of the same time constant.

    ``comes_s`` seconds on the way up, ``goes_s`` on the way down.
    """

    def __init__(self, comes_s: float, goes_s: float) -> None:
        self.value = 0.0
        self._near = 0.0
        self._comes, self._goes = STEP_S / comes_s, STEP_S / goes_s

    def step(self, wanted: float) -> float:
        """The value 10 ms later."""
        self._near += (self._comes if wanted > self._near else self._goes) * (wanted - self._near)
        share = self._comes if self._near > self.value else self._goes
        self.value += share * (self._near - self.value)
        return self.value


class Gesture:
    """One movement towards ``pose`` (52,): rises, stays and falls with level ends, in seconds."""

    def __init__(self, pose: Floats, rise_s: float, hold_s: float, fall_s: float) -> None:
        self._pose = pose
        self._rise_s, self._fall_from_s, self._fall_s = rise_s, rise_s + hold_s, fall_s
        self._seconds = 0.0

    def step(self) -> Floats:
        """What it adds 10 ms later."""
        self._seconds += STEP_S
        if self._seconds <= self._fall_from_s:
            return self._pose * smooth_step(self._seconds / self._rise_s)
        return self._pose * smooth_step(1 - (self._seconds - self._fall_from_s) / self._fall_s)

    @property
    def over(self) -> bool:
        """Whether it adds nothing any more."""
        return self._seconds >= self._fall_from_s + self._fall_s


class Gestures:
    """Those that are under way; they add up, so that a new one does not cut another off."""

    def __init__(self) -> None:
        self._under_way: list[Gesture] = []

    def begin(self, gesture: Gesture) -> None:
        """Add one, to be seen from the next step on."""
        self._under_way.append(gesture)

    def move(self, draft: Draft) -> None:
        """Advance all by one motion sample."""
        for gesture in self._under_way:
            draft.blendshapes += gesture.step()
        if self._under_way and self._under_way[0].over:
            del self._under_way[0]
