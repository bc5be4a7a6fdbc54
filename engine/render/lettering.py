"""Short labels in pictures, in capitals five texels wide and seven high: no font is needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
WIDTH, HEIGHT = 5, 7

_GLYPHS = {  # seven rows from the top, each as two hexadecimal digits of five bits
    "A": "0e11111f111111",
    "B": "1e11111e11111e",
    "C": "0e11101010110e",
    "D": "1e11111111111e",
    "E": "1f10101e10101f",
    "F": "1f10101e101010",
    "G": "0e11101713110f",
    "H": "1111111f111111",
    "I": "0e04040404040e",
    "J": "0702020202120c",
    "K": "11121418141211",
    "L": "1010101010101f",
    "M": "111b1515111111",
    "N": "11191513111111",
    "O": "0e11111111110e",
    "P": "1e11111e101010",
    "Q": "0e11111115120d",
    "R": "1e11111e141211",
    "S": "0f10100e01011e",
    "T": "1f040404040404",
    "U": "1111111111110e",
    "V": "11111111110a04",
    "W": "11111115151b11",
    "X": "11110a040a1111",
    "Y": "11110a04040404",
    "Z": "1f01020408101f",
    "0": "0e11131519110e",
    "1": "040c040404040e",
    "2": "0e11010204081f",
    "3": "1f02040201110e",
    "4": "02060a121f0202",
    "5": "1f101e0101110e",
    "6": "0608101e11110e",
    "7": "1f010204080808",
    "8": "0e11110e11110e",
    "9": "0e11110f01020c",
    "-": "0000001f000000",
    "_": "0000000000001f",
    ".": "00000000000c0c",
    " ": "00000000000000",
}


def letters(text: str) -> NDArray[np.bool_]:
    """(7, 6 n - 1) the texels of ``text``'s n characters; unknown ones are blank."""
    rows = np.zeros((HEIGHT, max(1, (WIDTH + 1) * len(text) - 1)), np.bool_)
    for k, character in enumerate(text.upper()):
        glyph = bytes.fromhex(_GLYPHS.get(character, _GLYPHS[" "]))
        bits = np.unpackbits(np.frombuffer(glyph, np.uint8)[:, None], axis=1)[:, 3:]
        rows[:, k * (WIDTH + 1) : k * (WIDTH + 1) + WIDTH] = bits
    return rows


def label(picture: Bytes, text: str, scale: int = 2) -> None:
    """Write ``text`` in the lower left corner of (H, W, 3) ``picture``, in place, light on dark.

    What does not fit in the width is left out.
    """
    room = (picture.shape[1] // scale - 2) // (WIDTH + 1)
    texels = np.kron(letters(text[: max(0, room)]), np.ones((scale, scale), np.bool_))
    tall, wide = texels.shape
    y, x = picture.shape[0] - tall - 3 * scale, 3 * scale
    strip = picture[y - 2 * scale :]
    strip[:] = strip * 0.45
    place = picture[y : y + tall, x : x + wide]
    place[texels[:, : place.shape[1]]] = (240, 240, 240)
