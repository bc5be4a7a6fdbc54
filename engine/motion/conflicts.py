"""What the layers of a face cannot do at once, and who gives way.

Articulation comes first: who smiles while saying /u/ rounds the lips all the same, and who is
surprised closes them for /p/ (Fagel 2010, "Effects of smiling on articulation: lips, larynx and
acoustics": smiled vowels keep their rounding, with less of the smile; contacts of the lips are made
in every manner of speaking, Edwards et al. 2016, "JALI").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.face import ARKIT, INDEX, Floats

_ROUNDED_FROM, _ROUNDED = 0.15, 0.5
"""Weight of pucker or funnel at which lips begin to be rounded, and are."""

_COMES, _GOES = 0.5, 0.15
"""Share of the way per 10 ms by which a need of the lips is met and let go."""

_NO_NEED = 1e-3

_BROWS_MAY = 0.35
"""A brow may be raised and lowered at once by this much, as in fear (1 + 2 + 4 of the Facial Action
Coding System); what both have beyond it cancels."""


def _share_kept(*, otherwise: float = 1.0, **stems: float) -> Floats:
    kept = np.full(len(ARKIT), otherwise, np.float32)
    for stem, share in stems.items():
        kept[_those(stem)] = share
    return kept


def _those(*stems: str) -> NDArray[np.intp]:
    return np.array([i for i, name in enumerate(ARKIT) if name.startswith(stems)])


_WHEN_ROUNDED = _share_kept(
    **{"mouthSmile": 0.25, "mouthDimple": 0.2, "mouthStretch": 0.15, "mouthFrown": 0.5},
    **{"mouthPress": 0.3, "mouthRoll": 0.2, "mouthUpperUp": 0.25, "mouthLowerDown": 0.4},
    **{"jawOpen": 0.6},
)
_WHEN_CLOSED = _share_kept(
    **{"jawOpen": 0.0, "mouthFunnel": 0.0, "mouthUpperUp": 0.0, "mouthLowerDown": 0.0},
    **{"mouthShrugUpper": 0.5, "mouthSmile": 0.4, "mouthStretch": 0.3, "mouthDimple": 0.6},
    **{"tongueOut": 0.0},
)
_WHEN_AT_TEETH = _share_kept(
    **{"jawOpen": 0.1, "mouthFunnel": 0.1, "mouthPucker": 0.2, "mouthLowerDown": 0.0},
    **{"mouthPress": 0.3, "mouthRoll": 0.3, "mouthShrugLower": 0.1, "mouthSmile": 0.5},
    **{"mouthUpperUp": 0.5, "tongueOut": 0.0},
)
"""What is left of the other layers' share of each shape where articulation needs the lips in full:
/u w/, /p b m/, /f v/. Set by eye on the shipped heads."""

_PUCKER = _those("mouthPucker", "mouthFunnel")
_SIDES = ("Left", "Right")
_BROWS = [(INDEX[f"browOuterUp{side}"], INDEX[f"browDown{side}"]) for side in _SIDES]
_LIDS = [[INDEX[f"eye{what}{side}"] for what in ("Blink", "Wide", "Squint")] for side in _SIDES]


@dataclass(frozen=True, slots=True)
class Lips:
    """What articulation needs of them at a moment, each 0..1."""

    rounded: float = 0.0
    closed: float = 0.0
    at_teeth: float = 0.0

    @staticmethod
    def of(pose: Floats, closed: float, at_teeth: float) -> Lips:
        """For a mouth (52,) that is sure of its contacts as far as told."""
        pucker = max(pose[_PUCKER].tolist())
        rounded = (pucker - _ROUNDED_FROM) / (_ROUNDED - _ROUNDED_FROM)
        return Lips(min(1.0, max(0.0, rounded)), closed, at_teeth)


AT_REST = Lips()


class Precedence:
    """Articulation before everything else on the lips."""

    def __init__(self) -> None:
        self._needs = [0.0, 0.0, 0.0]

    def shown(self, spoken: Floats, others: Floats, lips: Lips) -> Floats:
        """(52,) what articulation and all other layers together make of the face.

        Without other layers it is ``spoken`` (52,), exactly; theirs fill the room that it leaves.
        """
        theirs = others
        for kind, wanted in enumerate((lips.rounded, lips.closed, lips.at_teeth)):
            need = self._needs[kind]
            need += (_COMES if wanted > need else _GOES) * (wanted - need)
            self._needs[kind] = need
            if need > _NO_NEED:
                theirs = theirs * (1 - np.float32(need) * _GIVEN_WAY[kind])
        return np.asarray(spoken + theirs - np.maximum(theirs, 0) * spoken, np.float32)


_GIVEN_WAY = 1 - np.stack([_WHEN_ROUNDED, _WHEN_CLOSED, _WHEN_AT_TEETH])


def cancel(shapes: Floats) -> None:
    """Take from brows, in place in (52,) weights, what they are raised and lowered at once."""
    for raised, lowered in _BROWS:
        both = min(float(shapes[raised]), float(shapes[lowered])) - _BROWS_MAY
        if both > 0:
            shapes[raised] -= both
            shapes[lowered] -= both


def under_blinks(shapes: Floats) -> None:
    """Let lids that blink, in place in (52,) weights, neither be wide open nor squint."""
    for blink, *others in _LIDS:
        room = 1 - float(shapes[blink])
        if room < 1:
            for other in others:
                if shapes[other] > room:
                    shapes[other] = max(0.0, room)
