"""The sounds of speech that are told apart, and which of them look alike."""

from __future__ import annotations

import numpy as np

from engine.face import Floats

PHONES: tuple[str, ...] = (
    *("SIL", "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D"),
    *("DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY", "JH"),
    *("K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S"),
    *("SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH"),
)
"""ARPAbet without stress marks, as in the CMU pronouncing dictionary, and silence first."""

VISEMES: tuple[str, ...] = (
    *("SIL", "PP", "FF", "TH", "DD", "KK", "CH", "SS", "RR", "aa", "E", "ih", "oh", "ou", "W"),
)
"""Sounds that look alike, named as in the Oculus set, with the rounded glide W apart."""

VISEME_OF: dict[str, str] = {
    phone: viseme
    for viseme, phones in {
        "SIL": "SIL",
        "PP": "P B M",
        "FF": "F V",
        "TH": "TH DH",
        "DD": "T D N L",
        "KK": "K G NG HH",
        "CH": "CH JH SH ZH",
        "SS": "S Z",
        "RR": "R ER",
        "aa": "AA AH AY AW",
        "E": "AE EH EY",
        "ih": "IH IY Y",
        "oh": "AO OY",
        "ou": "OW UW UH",
        "W": "W",
    }.items()
    for phone in phones.split()
}
"""The viseme of each phone."""


def viseme_matrix() -> Floats:
    """(40, 15) zeros and ones: ``posteriors @ viseme_matrix()`` sums phones into visemes."""
    matrix = np.zeros((len(PHONES), len(VISEMES)), np.float32)
    for row, phone in enumerate(PHONES):
        matrix[row, VISEMES.index(VISEME_OF[phone])] = 1
    return matrix
