"""Smaller pictures, and in the end fewer, where the bit rate is too low for large ones.

A picture with too few bits for its size is made of blocks, and its keyframes hold up everything
behind them. Each step has a wide gap between going down and coming back, and patience both ways:
another size costs a keyframe and is seen; fewer pictures cost none.
"""

from __future__ import annotations

from fractions import Fraction

STEPS = (
    (Fraction(1), 1),
    (Fraction(3, 4), 1),
    (Fraction(1, 2), 1),
    (Fraction(1, 2), 2),
)
"""Scale of the width and the height that were asked for, and every how manyth picture is sent."""

DOWN = (0.30, 0.15, 0.125)
"""Below this part of the full picture's bit rate, the step before each is left for the next."""

UP = (0.50, 0.24, 0.19)
"""Above this part it is taken back. Each is below its step's share of the pixels: an encoder
for a smaller picture has no more bits to give than belong to it."""

DOWN_PATIENCE, UP_PATIENCE = 1.0, 8.0
"""Seconds for which it must be so."""

SMOOTHING = 2.0
"""Seconds over which the share is averaged: a rate that feels for its limit goes up and down."""

SMALLEST = 16


class Steps:
    """Chooses among ``STEPS`` by the share of its bits that a picture gets.

    Times are seconds of any one clock.
    """

    def __init__(self) -> None:
        self._level = 0
        self._share = 1.0
        self._told_at: float | None = None
        self._since: float | None = None
        self._wish = 0

    @property
    def scale(self) -> Fraction:
        """Of width and height."""
        return STEPS[self._level][0]

    @property
    def stride(self) -> int:
        """Every how manyth picture is sent."""
        return STEPS[self._level][1]

    def follow(self, share: float, now: float) -> bool:
        """Take the share of the full picture's bit rate that may be used; True if the step moved.

        Call it again and again, also while the share stays as it is.
        """
        if self._told_at is not None:
            self._share += min(1.0, (now - self._told_at) / SMOOTHING) * (share - self._share)
        self._told_at = now
        wish = self._wanted(self._share)
        if wish != self._wish:
            self._wish, self._since = wish, now
        patience = DOWN_PATIENCE if wish > 0 else UP_PATIENCE
        if wish == 0 or self._since is None or now - self._since < patience:
            return False
        self._level += wish
        self._wish, self._since = 0, None
        return True

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The even width and height to send where so much was asked for."""
        return self._even(width), self._even(height)

    def _even(self, length: int) -> int:
        return max(min(SMALLEST, length), round(length * self.scale / 2) * 2)

    def _wanted(self, share: float) -> int:
        if self._level < len(DOWN) and share < DOWN[self._level]:
            return 1
        return -1 if self._level > 0 and share > UP[self._level - 1] else 0
