"""What mouth, jaw and tongue aim at in each sound, how firmly, and how fast they get there.

Each group of channels has its own articulator, and so its own targets, firmness and timing. A
sound's *firmness* in a group is its share in a blend with its neighbours: /s/ must bring the teeth
together whatever the vowel beside it, but does not mind whether the lips are round (Öhman 1967,
"Numerical model of coarticulation"; Recasens et al. 1997, degrees of articulatory constraint).

Heights follow the vowel chart (International Phonetic Association 1999), lips the articulatory
descriptions of Ladefoged & Johnson, "A Course in Phonetics", ch. 1-4. Values are ours, set by eye
on the default head and with its lips measured (`engine.avatar.lips`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.face import Floats
from engine.motion.channels import WEIGHTS
from engine.phones import PHONES

GLIDES: dict[str, tuple[str, str]] = {
    "AY": ("AY", "AY>"),
    "AW": ("AW", "AW>"),
    "EY": ("EY", "EY>"),
    "OW": ("OW", "OW>"),
    "OY": ("OY", "OY>"),
}
"""Diphthongs: what they start from, and what they glide to."""

STATES: tuple[str, ...] = (*PHONES, *(second for _, second in GLIDES.values()))
"""Rows of the tables below: phones, and where the diphthongs end."""

STATE_INDEX = {state: row for row, state in enumerate(STATES)}


@dataclass(frozen=True)
class Group:
    """An articulator: which channels it moves and how fast.

    ``onset`` and ``offset`` are the time constants in seconds with which a sound's dominance grows
    before it and decays after it: a longer onset anticipates more than it carries over. A consonant
    is ``quickness`` times as fast as a vowel. ``rest`` is the firmness of the neutral mouth, which
    takes over where no sound near by has a target.
    """

    name: str
    channels: tuple[str, ...]
    onset: float
    offset: float
    quickness: float
    rest: float


GROUPS: tuple[Group, ...] = (
    Group("jaw", ("jawOpen", "jawForward"), 0.026, 0.026, 1.5, 0.002),
    Group("round", ("mouthFunnel", "mouthPucker", "mouthShrugUpper"), 0.028, 0.023, 1.3, 0.02),
    Group("spread", ("mouthStretch", "mouthSmile", "mouthDimple"), 0.028, 0.024, 1.3, 0.03),
    Group("part", ("mouthLowerDown", "mouthUpperUp", "mouthShrugLower"), 0.022, 0.022, 1.4, 0.01),
    Group("tongue", ("tongueOut",), 0.016, 0.016, 1.0, 0.01),
)
"""The jaw's speed and reach are close to those of four clips of performance capture (FACEGOOD-
Audio2Face), taught from the phones heard in them: in speech, median opening 0.16 (captured 0.16 to
0.19), 95th percentile 0.54 (0.40 to 0.49), and 99 % of velocities within 8 per second (5 to 8).
The other groups' timing is ours, lips' rounding as early as lip muscles are seen to prepare it
(Bell-Berti & Harris 1982, "Temporal patterns of coarticulation: lip rounding").
"""

Table = Mapping[str, tuple[float, Mapping[str, float]]]
"""Phones, in one string, to their firmness and targets."""

JAW: Table = {
    "SIL": (0.0, {}),
    "P B M": (1.0, {"jawOpen": 0.09}),
    "F V": (1.2, {"jawOpen": 0.09}),
    "S Z": (3.0, {"jawOpen": 0.05, "jawForward": 0.08}),
    "SH ZH CH JH": (3.0, {"jawOpen": 0.04, "jawForward": 0.14}),
    "TH DH": (1.4, {"jawOpen": 0.14}),
    "T D": (1.2, {"jawOpen": 0.13}),
    "N": (1.1, {"jawOpen": 0.13}),
    "L": (0.9, {"jawOpen": 0.17}),
    "R": (1.0, {"jawOpen": 0.11}),
    "W": (1.2, {"jawOpen": 0.06}),
    "Y": (1.0, {"jawOpen": 0.12}),
    "K G NG": (0.5, {"jawOpen": 0.18}),
    "HH": (0.05, {"jawOpen": 0.2}),
    "IY": (1.0, {"jawOpen": 0.14}),
    "UW": (1.0, {"jawOpen": 0.08}),
    "UH OW>": (1.0, {"jawOpen": 0.15}),
    "AW>": (0.8, {"jawOpen": 0.2}),
    "IH EY>": (1.0, {"jawOpen": 0.18}),
    "AY> OY>": (0.7, {"jawOpen": 0.28}),
    "ER": (1.0, {"jawOpen": 0.26}),
    "OW": (1.0, {"jawOpen": 0.27}),
    "AH": (1.0, {"jawOpen": 0.38}),
    "EY": (1.1, {"jawOpen": 0.37}),
    "EH": (1.1, {"jawOpen": 0.41}),
    "OY": (1.0, {"jawOpen": 0.4}),
    "AO": (1.0, {"jawOpen": 0.43}),
    "AE": (1.2, {"jawOpen": 0.58}),
    "AW AY": (1.3, {"jawOpen": 0.62}),
    "AA": (1.2, {"jawOpen": 0.65}),
}
"""The jaw's targets are those of ordinary effort."""

HELD_JAW: dict[str, float] = {
    "S Z SH ZH CH JH": 0.2,
    "F V P B M T D TH DH K G HH": 0.3,
    "W UW": 0.5,
}
"""How far the jaw may follow loudness, where that is not all the way: teeth must meet for /s/."""

ROUND: Table = {
    "SIL": (0.0, {}),
    "P B M": (0.1, {}),
    "F V": (0.3, {}),
    "S Z TH DH T D N L K G NG HH": (0.05, {}),
    "SH ZH CH JH": (1.2, {"mouthFunnel": 0.42, "mouthPucker": 0.26, "mouthShrugUpper": 0.1}),
    "R": (0.9, {"mouthFunnel": 0.16, "mouthPucker": 0.34}),
    "W": (2.2, {"mouthFunnel": 0.06, "mouthPucker": 0.84, "mouthShrugUpper": 0.1}),
    "Y IY IH EY EY> AY> OY>": (0.8, {}),
    "EH AE AH AA AY AW": (0.7, {}),
    "ER": (0.8, {"mouthFunnel": 0.2, "mouthPucker": 0.24}),
    "AO OY": (0.9, {"mouthFunnel": 0.36, "mouthPucker": 0.2}),
    "OW": (1.1, {"mouthFunnel": 0.3, "mouthPucker": 0.36}),
    "OW> AW>": (1.1, {"mouthFunnel": 0.2, "mouthPucker": 0.56}),
    "UH": (0.9, {"mouthFunnel": 0.2, "mouthPucker": 0.36}),
    "UW": (1.4, {"mouthFunnel": 0.17, "mouthPucker": 0.7, "mouthShrugUpper": 0.08}),
}

SPREAD: Table = {
    "SIL": (0.0, {}),
    "P B M F V": (0.12, {}),
    "TH DH T D N L K G NG HH": (0.08, {"mouthStretch": 0.06}),
    "S Z": (0.5, {"mouthStretch": 0.24, "mouthSmile": 0.08, "mouthDimple": 0.1}),
    "SH ZH CH JH R W UW UH AO OY OW OW> AW> ER": (1.0, {}),
    "Y": (0.8, {"mouthStretch": 0.26, "mouthSmile": 0.2, "mouthDimple": 0.08}),
    "IY": (1.0, {"mouthStretch": 0.38, "mouthSmile": 0.3, "mouthDimple": 0.12}),
    "IH EY> AY> OY>": (0.8, {"mouthStretch": 0.24, "mouthSmile": 0.18, "mouthDimple": 0.06}),
    "EY": (0.8, {"mouthStretch": 0.26, "mouthSmile": 0.18}),
    "EH": (0.7, {"mouthStretch": 0.18, "mouthSmile": 0.1}),
    "AE": (0.8, {"mouthStretch": 0.3, "mouthSmile": 0.06}),
    "AH AY": (0.6, {"mouthStretch": 0.05}),
    "AA AW": (0.6, {}),
}

PART: Table = {
    "SIL": (0.0, {}),
    "P B M F V": (0.3, {}),
    "S Z": (1.2, {"mouthLowerDown": 0.34, "mouthUpperUp": 0.16}),
    "SH ZH CH JH": (1.0, {"mouthLowerDown": 0.14, "mouthUpperUp": 0.06, "mouthShrugLower": 0.14}),
    "TH DH": (1.0, {"mouthLowerDown": 0.24, "mouthUpperUp": 0.12}),
    "T D N": (0.6, {"mouthLowerDown": 0.26, "mouthUpperUp": 0.1}),
    "L": (0.6, {"mouthLowerDown": 0.24, "mouthUpperUp": 0.12}),
    "K G NG HH": (0.3, {"mouthLowerDown": 0.18, "mouthUpperUp": 0.08}),
    "R W UW UH OW> AW>": (1.0, {"mouthLowerDown": 0.03, "mouthShrugLower": 0.05}),
    "OW ER AO OY": (0.8, {"mouthLowerDown": 0.1, "mouthUpperUp": 0.04}),
    "Y IY": (0.9, {"mouthLowerDown": 0.26, "mouthUpperUp": 0.14}),
    "IH EY> AY> OY>": (0.9, {"mouthLowerDown": 0.22, "mouthUpperUp": 0.1}),
    "EY EH": (0.8, {"mouthLowerDown": 0.24, "mouthUpperUp": 0.14}),
    "AE": (0.8, {"mouthLowerDown": 0.26, "mouthUpperUp": 0.22}),
    "AH": (0.6, {"mouthLowerDown": 0.14, "mouthUpperUp": 0.08}),
    "AA AY AW": (0.8, {"mouthLowerDown": 0.18, "mouthUpperUp": 0.12}),
}

TONGUE: Table = {
    "SIL": (0.0, {}),
    "TH DH": (2.0, {"tongueOut": 0.56}),
    "L": (1.5, {"tongueOut": 0.24}),
    "T D N": (1.2, {"tongueOut": 0.2}),
    "P B M F V W K G NG HH R": (0.6, {}),
    "S Z SH ZH CH JH": (1.5, {"tongueOut": 0.03}),
    "Y IY IH EH EY AE AH AA AO AY AW OW OY UH UW ER EY> AY> OY> OW> AW>": (1.0, {}),
}

_TABLES = {"jaw": JAW, "round": ROUND, "spread": SPREAD, "part": PART, "tongue": TONGUE}


def target_matrix() -> Floats:
    """(len(STATES), len(WEIGHTS)): what each state aims at."""
    matrix = np.zeros((len(STATES), len(WEIGHTS)), np.float32)
    for table in _TABLES.values():
        for states, (_, targets) in table.items():
            for state in states.split():
                for channel, value in targets.items():
                    matrix[STATE_INDEX[state], WEIGHTS.index(channel)] = value
    return matrix


def firmness_matrix() -> Floats:
    """(len(STATES), len(GROUPS)): how firmly each state holds a group to its target.

    KeyError where a table leaves a state out.
    """
    matrix = np.zeros((len(STATES), len(GROUPS)), np.float32)
    for column, group in enumerate(GROUPS):
        firmness = {
            state: value
            for states, (value, _) in _TABLES[group.name].items()
            for state in states.split()
        }
        matrix[:, column] = [firmness[state] for state in STATES]
    return matrix


def jaw_freedom() -> Floats:
    """(len(STATES),) in [0, 1]: how far the jaw follows loudness beside its target."""
    freedom = np.ones(len(STATES), np.float32)
    for states, value in HELD_JAW.items():
        freedom[[STATE_INDEX[state] for state in states.split()]] = value
    return freedom
