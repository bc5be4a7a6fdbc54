"""Capitals as lines of even width with round ends, to be drawn at any size without a font."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_GLYPHS = {
    # Width, then lines: points "x,y" over the baseline with capitals 1 high, joined to one line;
    # "@x,y,across,up,from,to" is an arc of an ellipse, in degrees against the clock.
    "A": (0.76, "0,0 .38,1 .76,0", ".14,.36 .62,.36"),
    "B": (
        0.60,
        "0,0 0,1 .31,1 @.31,.765,.25,.235,90,-90 0,.53",
        ".31,.53 @.31,.265,.29,.265,90,-90 0,0",
    ),
    "C": (0.76, "@.45,.5,.45,.5,48,312"),
    "D": (0.70, "0,0 0,1 .24,1 @.24,.5,.46,.5,90,-90 0,0"),
    "E": (0.54, ".54,1 0,1 0,0 .54,0", "0,.52 .47,.52"),
    "F": (0.52, ".52,1 0,1 0,0", "0,.5 .45,.5"),
    "G": (0.90, "@.45,.5,.45,.5,50,360 .52,.5"),
    "H": (0.68, "0,0 0,1", ".68,0 .68,1", "0,.52 .68,.52"),
    "I": (0.0, "0,0 0,1"),
    "J": (0.44, ".44,1 .44,.27 @.22,.27,.22,.27,0,-165"),
    "K": (0.62, "0,0 0,1", ".59,1 0,.4", ".2,.6 .62,0"),
    "L": (0.50, "0,1 0,0 .5,0"),
    "M": (0.86, "0,0 0,1 .43,.3 .86,1 .86,0"),
    "N": (0.70, "0,0 0,1 .7,0 .7,1"),
    "O": (0.92, "@.46,.5,.46,.5,0,360"),
    "P": (0.58, "0,0 0,1 .3,1 @.3,.73,.28,.27,90,-90 0,.46"),
    "Q": (0.92, "@.46,.5,.46,.5,0,360", ".58,.26 .88,-.06"),
    "R": (0.60, "0,0 0,1 .3,1 @.3,.73,.28,.27,90,-90 0,.46", ".3,.46 .6,0"),
    "S": (0.58, "@.29,.755,.26,.245,35,270 @.29,.255,.29,.255,90,-150"),
    "T": (0.66, "0,1 .66,1", ".33,1 .33,0"),
    "U": (0.68, "0,1 0,.34 @.34,.34,.34,.34,180,360 .68,1"),
    "V": (0.74, "0,1 .37,0 .74,1"),
    "W": (1.06, "0,1 .27,0 .53,.88 .79,0 1.06,1"),
    "X": (0.66, "0,0 .66,1", "0,1 .66,0"),
    "Y": (0.68, "0,1 .34,.48 .68,1", ".34,.48 .34,0"),
    "Z": (0.60, "0,1 .6,1 0,0 .6,0"),
    "0": (0.64, "@.32,.5,.32,.5,0,360"),
    "1": (0.24, "0,.78 .24,1 .24,0"),
    "2": (0.56, "@.28,.72,.27,.28,165,-38 0,0 .56,0"),
    "3": (0.54, "@.25,.765,.25,.235,150,-90 @.25,.265,.29,.265,90,-150"),
    "4": (0.62, ".47,0 .47,1 0,.27 .62,.27"),
    "5": (0.56, ".49,1 .08,1 .04,.55 @.27,.32,.29,.32,127,-150"),
    "6": (0.58, ".42,1 @.29,.31,.29,.31,150,510"),
    "7": (0.54, "0,1 .54,1 .17,0"),
    "8": (0.58, "@.29,.76,.25,.24,0,360", "@.29,.26,.29,.26,0,360"),
    "9": (0.58, ".16,0 @.29,.69,.29,.31,-30,330"),
    "-": (0.34, "0,.46 .34,.46"),
    "+": (0.52, "0,.48 .52,.48", ".26,.22 .26,.74"),
    "/": (0.42, "0,-.08 .42,1.08"),
    ".": (0.0, "0,.02 0,.02"),
    ":": (0.0, "0,.1 0,.1", "0,.66 0,.66"),
    "'": (0.0, "0,1 0,.82"),
    "(": (0.16, ".16,1.1 @.46,.5,.46,.66,140,220"),
    ")": (0.16, "0,1.1 @-.3,.5,.46,.66,40,-40"),
    " ": (0.12, ""),
}
_WIDTHS = {character: float(glyph[0]) for character, glyph in _GLYPHS.items()}
CHARACTERS = "".join(sorted(_GLYPHS))
"""What can be written; small letters are written as capitals."""

SPACING = 0.34
"""From one letter's lines to the next one's, of the height of capitals."""

_ARC_STEP = 12.0  # degrees from one point of an arc to the next


def width(text: str) -> float:
    """How wide a text is from line to line, of the height of capitals."""
    widths = [_WIDTHS[character] for character in text.upper()]
    return sum(widths) + SPACING * max(0, len(widths) - 1)


def segments(text: str) -> Points:
    """(K, 4) the lines of a text from the origin: x, y of both ends; KeyError for a character
    that is not among `CHARACTERS`.
    """
    drawn, at = [np.zeros((0, 4))], 0.0
    for character in text.upper():
        drawn.append(_segments(character) + np.array([at, 0, at, 0]))
        at += _WIDTHS[character] + SPACING
    return np.concatenate(drawn)


@functools.cache
def _segments(character: str) -> Points:
    lines = [_points(line) for line in _GLYPHS[character][1:] if line]
    pairs = [np.concatenate([line[:-1], line[1:]], axis=1) for line in lines]
    return np.concatenate(pairs) if pairs else np.zeros((0, 4))


def _points(line: object) -> Points:
    """(N, 2) of one line."""
    points: list[tuple[float, float]] = []
    for word in str(line).split():
        numbers = [float(number) for number in word.lstrip("@").split(",")]
        if word.startswith("@"):
            points += _arc(*numbers)
        else:
            points.append((numbers[0], numbers[1]))
    return np.array(points)


def _arc(
    x: float, y: float, across: float, up: float, start: float, end: float
) -> list[tuple[float, float]]:
    steps = max(1, round(abs(end - start) / _ARC_STEP))
    angles = [math.radians(start + (end - start) * k / steps) for k in range(steps + 1)]
    return [(x + across * math.cos(angle), y + up * math.sin(angle)) for angle in angles]
