"""Which phones close, open and round the lips, and how far each one opens them.

Classes and openings are those of the labels' alphabet (ARPAbet without stress, ``SIL`` for a
pause). A stop is one phone here: its closure and its burst together.
"""

from __future__ import annotations

BILABIAL = frozenset({"P", "B", "M"})
LABIODENTAL = frozenset({"F", "V"})
LABIAL = BILABIAL | LABIODENTAL | {"W"}
SILENCE = "SIL"

HIGH = frozenset({"IY", "IH", "UW", "UH"})
MID = frozenset({"EH", "EY", "ER", "AH", "OW", "OY"})
LOW = frozenset({"AE", "AA", "AO", "AW", "AY"})
VOWELS = HIGH | MID | LOW
ROUNDED = frozenset({"UW", "OW", "W", "AO", "OY", "UH"})
SPREAD = frozenset({"IY", "IH", "EH", "EY", "AE"})
"""Front vowels, said with spread or neutral lips."""

TAKES_ITS_NEIGHBOURS = "HH"
"""Has no mouth shape of its own: it is said with that of the sounds beside it."""

ALONE = 0.3
"""Opening of such a phone between two others without one."""

OPENING: dict[str, float] = {
    **dict.fromkeys(("SIL", "P", "B", "M"), 0.0),
    **dict.fromkeys(("F", "V"), 0.08),
    "W": 0.1,
    **dict.fromkeys(("S", "Z", "SH", "ZH", "CH", "JH"), 0.15),
    "UW": 0.15,
    "R": 0.2,
    **dict.fromkeys(("Y", "T", "D", "N", "L", "TH", "DH"), 0.25),
    **dict.fromkeys(("K", "G", "NG", "IY", "UH"), 0.3),
    "IH": 0.35,
    "ER": 0.4,
    "OW": 0.45,
    "OY": 0.5,
    "EY": 0.55,
    "AH": 0.6,
    "EH": 0.65,
    "AO": 0.7,
    "AW": 0.85,
    "AY": 0.9,
    "AE": 0.95,
    "AA": 1.0,
}
"""Vertical lip opening of each phone, 0 closed, 1 as in "father"."""
