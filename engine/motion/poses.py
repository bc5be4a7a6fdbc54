"""What the mouth does for each sound: ARKit weights by phone.

Visemes give the lips, phones the jaw: vowels of one viseme differ by how far they open. Values are
ours, set by eye on the default head; heights follow the vowel chart (International Phonetic
Association 1999), lip rounding and labiality the articulatory descriptions of Ladefoged & Johnson,
"A Course in Phonetics", ch. 1-2.
"""

from __future__ import annotations

import numpy as np

from engine.face import ARKIT, INDEX, Floats
from engine.phones import PHONES, VISEME_OF

_PAIRED = {
    "mouthSmile",
    "mouthStretch",
    "mouthPress",
    "mouthLowerDown",
    "mouthUpperUp",
    "mouthDimple",
    "cheekSquint",
}

LIPS: dict[str, dict[str, float]] = {
    "SIL": {},
    "PP": {"mouthPress": 0.45, "mouthRollLower": 0.28, "mouthRollUpper": 0.24},
    "FF": {"mouthRollLower": 0.8, "mouthUpperUp": 0.38, "mouthShrugLower": 0.12},
    "TH": {"tongueOut": 0.55, "mouthLowerDown": 0.22, "mouthUpperUp": 0.1},
    "DD": {"mouthLowerDown": 0.28, "mouthUpperUp": 0.08, "mouthStretch": 0.06, "tongueOut": 0.2},
    "KK": {"mouthLowerDown": 0.2, "mouthUpperUp": 0.06},
    "CH": {"mouthFunnel": 0.58, "mouthPucker": 0.22, "mouthLowerDown": 0.1},
    "SS": {"mouthLowerDown": 0.34, "mouthStretch": 0.3, "mouthUpperUp": 0.18, "mouthSmile": 0.06},
    "RR": {"mouthPucker": 0.36, "mouthFunnel": 0.28},
    "aa": {"mouthLowerDown": 0.22, "mouthUpperUp": 0.14},
    "E": {"mouthStretch": 0.24, "mouthUpperUp": 0.16, "mouthLowerDown": 0.22, "mouthSmile": 0.08},
    "ih": {"mouthStretch": 0.34, "mouthSmile": 0.22, "mouthLowerDown": 0.3, "mouthUpperUp": 0.14},
    "oh": {"mouthFunnel": 0.55, "mouthPucker": 0.28},
    "ou": {"mouthPucker": 0.72, "mouthFunnel": 0.32},
    "W": {"mouthPucker": 0.92, "mouthFunnel": 0.22},
}

JAW: dict[str, float] = {
    phone: opening
    for opening, phones in {
        0.0: "SIL P B M",
        0.05: "S Z",
        0.06: "F V",
        0.1: "CH JH SH ZH W UW",
        0.13: "T D",
        0.16: "N TH DH R Y",
        0.2: "L K G NG IY ER",
        0.22: "UH HH",
        0.26: "IH",
        0.36: "OW EY",
        0.44: "AH EH OY",
        0.52: "AO",
        0.59: "AW AY AE",
        0.68: "AA",
    }.items()
    for phone in phones.split()
}
"""jawOpen of each phone in ordinary speech."""


def pose_matrix() -> Floats:
    """(40, 52): ``posteriors @ pose_matrix()`` is the expected pose."""
    matrix = np.zeros((len(PHONES), len(ARKIT)), np.float32)
    for row, phone in enumerate(PHONES):
        matrix[row, INDEX["jawOpen"]] = JAW[phone]
        for name, value in LIPS[VISEME_OF[phone]].items():
            for shape in [f"{name}Left", f"{name}Right"] if name in _PAIRED else [name]:
                matrix[row, INDEX[shape]] = value
    return matrix


def sum_of(*phones: str) -> Floats:
    """(40,) selector: ``posteriors @ sum_of("P", "B")`` is the probability of either."""
    selector = np.zeros(len(PHONES), np.float32)
    for phone in phones:
        selector[PHONES.index(phone)] = 1
    return selector


OPENING: tuple[str, ...] = (
    "jawOpen",
    "mouthFunnel",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "tongueOut",
)
"""Shapes that part the lips: what a closure must overcome."""
