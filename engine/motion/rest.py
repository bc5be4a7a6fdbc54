"""What a mouth does while it says nothing: small sequences of poses that begin and end at rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from engine.face import Floats
from engine.motion.layers import STEP_S, smooth_step
from engine.motion.poses import SIDE, pose

Span = tuple[float, float]

_UNEVEN = 0.28
"""Share by which one side may do more than the other: few presses of lips are symmetric."""

_DEPTH = 0.65, 1.1
"""Share of the poses below that is shown; none is done twice alike."""


@dataclass(frozen=True, slots=True)
class Key:
    """A pose (52,), the head's pitch with it, and within how many seconds from the key before."""

    pose: Floats
    within_s: Span
    chin: float = 0.0


_GIVES = 0.78
"""Nothing is held as it was: of a pose that stays, what is left before it goes."""


def held(pose: Floats, rise_s: Span, stay_s: Span, fall_s: Span) -> tuple[Key, ...]:
    """There, a stay during which it gives a little, and back."""
    return Key(pose, rise_s), Key(pose * np.float32(_GIVES), stay_s), Key(0 * pose, fall_s)


def _key(weights: Mapping[str, float], within_s: Span, chin: float = 0.0) -> Key:
    return Key(pose(weights), within_s, chin)


def _held(
    weights: Mapping[str, float], rise_s: Span, stay_s: Span, fall_s: Span
) -> tuple[Key, ...]:
    return held(pose(weights), rise_s, stay_s, fall_s)


class Sequence:
    """From rest through the keys to rest. Draws its times and depth from ``rng``.

    Between keys it goes by cubics that neither overshoot nor stop where the way goes on (Fritsch &
    Carlson 1980, "Monotone piecewise cubic interpolation"). After each `step`, ``pose`` (52,) and
    ``chin``, the pitch of the head in radians, are what it adds, until it is ``over``.
    """

    def __init__(self, keys: tuple[Key, ...], rng: np.random.Generator, size: float = 1.0) -> None:
        deep, uneven, *swift = rng.random(2 + len(keys)).tolist()
        side = 1 + np.float32(_UNEVEN * (2 * uneven - 1)) * SIDE
        path = np.zeros((1 + len(keys), len(side) + 1), np.float32)
        for row, key in enumerate(keys, start=1):
            path[row] = np.append(key.pose * side, key.chin)
        path *= np.float32(size * between(_DEPTH, deep))
        self._lasting = [
            between(key.within_s, share) for key, share in zip(keys, swift, strict=True)
        ]
        self._path, self._speed = path, _speeds(path, np.array(self._lasting, np.float32))
        self._at, self._seconds = 0, 0.0
        self.pose, self.chin = path[0, :-1], 0.0

    @property
    def over(self) -> bool:
        """Whether it is at rest again."""
        return self._at == len(self._lasting)

    def step(self) -> None:
        """Advance by 10 ms."""
        self._seconds += STEP_S
        at, lasting = self._at, self._lasting[self._at]
        x = min(1.0, self._seconds / lasting)
        start, end = self._path[at], self._path[at + 1]
        leaves = np.float32(x * (1 - x) ** 2 * lasting) * self._speed[at]
        arrives = np.float32(x * x * (1 - x) * lasting) * self._speed[at + 1]
        now = start + np.float32(smooth_step(x)) * (end - start) + leaves - arrives
        self.pose, self.chin = now[:-1], float(now[-1])
        if self._seconds >= lasting:
            self._at, self._seconds = at + 1, self._seconds - lasting


def _speeds(path: Floats, lasting: Floats) -> Floats:
    """(keys + 1, values): how fast each key is passed; none is overshot, and both ends are rest."""
    speeds = np.zeros_like(path)
    slopes = np.diff(path, axis=0) / lasting[:, None]
    before, after = slopes[:-1], slopes[1:]
    onwards = before * after > 0
    np.divide(2 * before * after, before + after, out=speeds[1:-1], where=onwards)
    return speeds


def between(limits: Span, share: float) -> float:
    """The value at a share of the way from the first to the second."""
    return limits[0] + (limits[1] - limits[0]) * share


_INHALING = {"jawOpen": 0.033, "mouthLowerDown": 0.020, "mouthUpperUp": 0.010, "noseSneer": 0.060}
"""An aperture of about .05, at which lips still count as closed: it is seen, and says nothing."""

_BREATH = _held(_INHALING, (0.20, 0.34), (0.15, 0.45), (0.30, 0.55))

_PRESSED = {
    **{"mouthPress": 0.36, "mouthRollLower": 0.15, "mouthRollUpper": 0.10, "mouthShrugLower": 0.12},
}
_ROLLED = {"mouthRollLower": 0.55, "mouthRollUpper": 0.38, "mouthPress": 0.16, "mouthDimple": 0.08}
_PRESS = _held(_PRESSED, (0.22, 0.40), (0.15, 0.70), (0.35, 0.65))
_MOISTEN = (
    _key(_ROLLED, (0.26, 0.42)),
    _key({**_ROLLED, "mouthRollUpper": 0.46, "mouthRollLower": 0.40}, (0.16, 0.36)),
    _key({"mouthPress": 0.10, "mouthRollLower": 0.08}, (0.24, 0.36)),
    _key({}, (0.25, 0.50)),
)
_TUCKED = {"mouthDimple": 0.28, "mouthPress": 0.14, "mouthFrown": 0.06}
_TUCK = _held(_TUCKED, (0.25, 0.42), (0.20, 0.80), (0.35, 0.65))


def _aside(side: str) -> tuple[Key, ...]:
    drawn = {f"mouth{side}": 0.16, f"mouthDimple{side}": 0.28, "mouthPress": 0.12}
    return _held(drawn, (0.25, 0.42), (0.25, 1.0), (0.35, 0.60))


_SWALLOW = (
    _key({"mouthPress": 0.26, "mouthRollLower": 0.10, "mouthShrugLower": 0.12}, (0.18, 0.26)),
    _key(
        {"mouthPress": 0.44, "mouthRollLower": 0.18, "mouthShrugLower": 0.45, "mouthFrown": 0.06},
        (0.16, 0.22),
        chin=0.018,
    ),
    _key({"mouthPress": 0.24, "mouthShrugLower": 0.34, "mouthFrown": 0.06}, (0.16, 0.22), -0.007),
    _key({}, (0.30, 0.42)),
)
"""The oral phase presses the lips, the larynx rises and falls under a chin that tenses: about a
second in all (Logemann 1998, "Evaluation and treatment of swallowing disorders")."""

_SETTLING = (_PRESS, 0.46), (_MOISTEN, 0.26), (_TUCK, 0.10), (_aside("Left"), 0.09)
_THINKING = (_aside("Left"), 0.32), (_aside("Right"), 0.32), (_TUCK, 0.12)
"""How often each is chosen; the last of a kind has what is left of 1."""

Movement = Callable[[np.random.Generator], Sequence]


def breath(rng: np.random.Generator) -> Sequence:
    """Draw breath through slightly parted lips."""
    return Sequence(_BREATH, rng)


def swallow(rng: np.random.Generator) -> Sequence:
    """Swallow."""
    return Sequence(_SWALLOW, rng)


def settle(rng: np.random.Generator) -> Sequence:
    """Press, moisten or tuck lips that rest."""
    return Sequence(_choose(_SETTLING, _aside("Right"), rng), rng)


def think(rng: np.random.Generator) -> Sequence:
    """Draw the mouth aside or press it, as one does who looks for a word."""
    return Sequence(_choose(_THINKING, _PRESS, rng), rng)


def _choose(
    kinds: tuple[tuple[tuple[Key, ...], float], ...],
    otherwise: tuple[Key, ...],
    rng: np.random.Generator,
) -> tuple[Key, ...]:
    drawn = float(rng.random())
    for keys, share in kinds:
        drawn -= share
        if drawn < 0:
            return keys
    return otherwise
