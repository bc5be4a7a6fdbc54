"""The badge that tells viewers that a picture is synthetic: a small plate in a corner of it.

It is drawn into the finished picture, once, before that is encoded, and is grey, so that in planes
of YUV it is a few multiplications over a few thousand pixels: some 0.05 ms, on whatever draws.
"""

from __future__ import annotations

import functools
import json
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from engine.avatar.rig import Head
from engine.errors import InvalidInput
from engine.face import FaceFrame
from engine.render import strokes
from engine.render.backend import DrawingBackend
from engine.render.lights import Light
from engine.render.sets.stage import StageSet
from engine.render.yuv import Bytes

CORNERS = ("bottom-right", "bottom-left", "top-right", "top-left")
LONGEST = 24
"""Characters of a text."""

LEAST_OPACITY = 0.4
"""Below that it could not be read; whoever wants none says so."""

_PLATE = 0.62  # how much the plate darkens what is behind it, of the opacity
_LETTERS = 0.96
_SIZE = 0.0185
"""Height of capitals, of the picture's shorter side."""

_LEAST_SIZE, _MOST_WIDE = 6.0, 0.55  # pixels; of the picture's width
_STROKE = 0.15  # of the height of capitals, as is all that follows
_LEAST_STROKE = 1.15  # pixels
_PAD_X, _PAD_Y = 0.95, 0.72
_STAR, _STAR_GAP = 0.56, 0.55  # radius of the star before the text, and the gap after it
_STAR_SHAPE = 0.56  # power of |x|^p + |y|^p = 1: the smaller, the more pointed
_MARGIN = 0.03  # from the picture's edges, of its shorter side
_BLACK, _WHITE, _GREY = 16, 235, 128  # of limited range (ITU-R BT.601)


@dataclass(frozen=True, slots=True)
class Badge:
    """What the badge looks like; InvalidInput for what it cannot.

    text     up to 24 of `strokes.CHARACTERS`, written as capitals
    corner   one of `CORNERS`
    opacity  0.4..1
    """

    text: str = "AI avatar"
    corner: str = CORNERS[0]
    opacity: float = 0.85

    def __post_init__(self) -> None:
        text = self.text if isinstance(self.text, str) else ""
        if not text.strip() or len(text) > LONGEST:
            raise InvalidInput("badge", self.text, f"write 1 to {LONGEST} characters, or off")
        if unknown := set(text.upper()) - set(strokes.CHARACTERS):
            remedy = f"{min(unknown)!r} cannot be written; use A to Z, 0 to 9 and - + / . : ' ( )"
            raise InvalidInput("badge", self.text, remedy)
        if self.corner not in CORNERS:
            raise InvalidInput("badge_corner", self.corner, f"use one of {', '.join(CORNERS)}")
        number = type(self.opacity) in (float, int)
        if not number or not LEAST_OPACITY <= self.opacity <= 1:
            remedy = f"use a number from {LEAST_OPACITY} to 1; --badge off shows none"
            raise InvalidInput("badge_opacity", self.opacity, remedy)


def as_text(badge: Badge | None) -> str:
    """A badge, or that there is none, for a command line; `from_text` reads it."""
    return json.dumps(None if badge is None else asdict(badge))


def from_text(text: str) -> Badge | None:
    """What `as_text` was given."""
    values = json.loads(text)
    return None if values is None else Badge(**values)


class Badged:
    """A back end whose pictures carry a badge (a `DrawingBackend`)."""

    def __init__(self, backend: DrawingBackend, width: int, height: int, badge: Badge) -> None:
        self._backend = backend
        self._badge = badge
        self._stamp = stamp(badge, width, height)

    def set_head(self, head: Head) -> None:
        """See `DrawingBackend`."""
        self._backend.set_head(head)

    def set_stage(self, stage: StageSet, light: Light, framing: str) -> None:
        """See `DrawingBackend`."""
        self._backend.set_stage(stage, light, framing)

    def resize(self, width: int, height: int, supersample: float) -> None:
        """See `DrawingBackend`."""
        self._backend.resize(width, height, supersample)
        self._stamp = stamp(self._badge, width, height)

    def pose(self, face: FaceFrame) -> None:
        """See `DrawingBackend`."""
        self._backend.pose(face)

    def draw(self, *, transparent: bool = False) -> None:
        """See `DrawingBackend`."""
        self._backend.draw(transparent=transparent)

    def read_i420(self, out: Bytes | None = None) -> Bytes:
        """See `DrawingBackend`."""
        return self._stamp.on_i420(self._backend.read_i420(out))

    def read_rgba(self, out: Bytes | None = None) -> Bytes:
        """See `DrawingBackend`."""
        return self._stamp.on_rgba(self._backend.read_rgba(out))

    def close(self) -> None:
        """See `DrawingBackend`."""
        self._backend.close()


def badged(backend: DrawingBackend, width: int, height: int, badge: Badge | None) -> DrawingBackend:
    """The back end with that badge on its pictures, or as it is."""
    return backend if badge is None else Badged(backend, width, height, badge)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A badge laid out for pictures of one size: what stays of them there, and what is added.

    left, top  even, of the badge's place
    keep       (h, w) uint16, 256ths of the picture that stay; h and w even
    white      (h, w) uint16, 256ths of white that are added
    """

    left: int
    top: int
    keep: NDArray[np.uint16]
    white: NDArray[np.uint16]
    luma: NDArray[np.uint16]
    chroma_keep: NDArray[np.uint16]
    chroma: NDArray[np.uint16]

    def on_i420(self, picture: Bytes) -> Bytes:
        """Draw it into (height * 3 // 2, width) planes, in place."""
        height, width = picture.shape[0] * 2 // 3, picture.shape[1]
        rows, columns = self.keep.shape
        _mix(
            picture[self.top : self.top + rows, self.left : self.left + columns],
            self.keep,
            self.luma,
        )
        colours = picture[height:].reshape(2, height // 2, width // 2)
        top, left = self.top // 2, self.left // 2
        _mix(
            colours[:, top : top + rows // 2, left : left + columns // 2],
            self.chroma_keep,
            self.chroma,
        )
        return picture

    def on_rgba(self, picture: Bytes) -> Bytes:
        """Draw it into (height, width, 4) sRGB multiplied by alpha, in place."""
        rows, columns = self.keep.shape
        place = picture[self.top : self.top + rows, self.left : self.left + columns]
        _mix(place[..., :3], self.keep[..., None], 255 * self.white[..., None])
        _mix(place[..., 3], self.keep, 255 * (256 - self.keep))
        return picture


def _mix(place: Bytes, keep: NDArray[np.uint16], add: NDArray[np.uint16]) -> None:
    place[:] = (place * keep + add + 128) >> 8


@functools.lru_cache(maxsize=16)
def stamp(badge: Badge, width: int, height: int) -> Stamp:
    """The badge for pictures of that size, in pixels."""
    plate, letters = _drawn(badge.text, _capitals(badge.text, width, height))
    rows, columns = plate.shape
    margin = round(_MARGIN * min(width, height) / 2) * 2
    left = margin if badge.corner.endswith("left") else width - margin - columns
    top = margin if badge.corner.startswith("top") else height - margin - rows
    left, top = (max(0, place // 2 * 2) for place in (left, top))
    plate, letters = (part[: height - top, : width - left] for part in (plate, letters))
    # The letters lie over the plate, both at the badge's opacity.
    white = letters * _LETTERS * badge.opacity
    covered = white + plate * _PLATE * badge.opacity * (1 - white)
    keep, added = _in_256ths(1 - covered), _in_256ths(white)
    halved = keep.reshape(keep.shape[0] // 2, 2, -1, 2).mean(axis=(1, 3)).round().astype(np.uint16)
    luma = _WHITE * added + _BLACK * (256 - keep - added)
    return Stamp(left, top, keep, added, luma, halved, _GREY * (256 - halved))


def _in_256ths(share: NDArray[np.float64]) -> NDArray[np.uint16]:
    return np.clip(share * 256, 0, 256).round().astype(np.uint16)


def _capitals(text: str, width: int, height: int) -> float:
    """Height of capitals in whole pixels, less where the picture is too narrow for them."""
    wanted = max(_LEAST_SIZE, round(_SIZE * min(width, height)))
    widest = _MOST_WIDE * width / _plate_width(text)
    return float(min(wanted, max(2, int(widest))))


def _plate_width(text: str) -> float:
    return 2 * _PAD_X + 2 * _STAR + _STAR_GAP + strokes.width(text)


def _drawn(text: str, size: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coverage (h, w) in 0..1 of the plate and of what is written on it; h and w even."""
    columns = -(-int(np.ceil(_plate_width(text) * size)) // 2) * 2
    rows = -(-int(np.ceil((1 + 2 * _PAD_Y) * size)) // 2) * 2
    y, x = np.mgrid[0:rows, 0:columns] + 0.5
    plate = _rounded(x - columns / 2, y - rows / 2, columns / 2, rows / 2)
    # Base line and top of capitals through the middle of pixels, so that level lines are sharp.
    base = int((rows + size) / 2) + 0.5
    start = (columns - _plate_width(text) * size) / 2 + _PAD_X * size
    star = _star(x - start - _STAR * size, y - base + size / 2, _STAR * size)
    from_text = start + (2 * _STAR + _STAR_GAP) * size
    lines = strokes.segments(text) * size
    lines = lines * np.array([1, -1, 1, -1]) + np.array([from_text, base, from_text, base])
    half = max(_LEAST_STROKE, _STROKE * size) / 2
    written = np.clip(half + 0.5 - _distance(x, y, lines), 0, 1)
    return plate, np.maximum(written, star)


def _rounded(
    x: NDArray[np.float64], y: NDArray[np.float64], across: float, up: float
) -> NDArray[np.float64]:
    """A plate about the origin whose ends are half circles."""
    along = np.maximum(np.abs(x) - (across - up), 0)
    inside: NDArray[np.float64] = np.clip(up + 0.5 - np.hypot(along, y), 0, 1)
    return inside


def _star(x: NDArray[np.float64], y: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """Four points about the origin; each pixel by 36 samples."""
    offsets = (np.arange(6) + 0.5) / 6 - 0.5
    dx, dy = np.meshgrid(offsets, offsets)
    across, up = (
        (np.abs(axis[..., None] + shift.reshape(-1)) / radius) ** _STAR_SHAPE
        for axis, shift in ((x, dx), (y, dy))
    )
    share: NDArray[np.float64] = (across + up < 1).mean(axis=-1)
    return share


def _distance(
    x: NDArray[np.float64], y: NDArray[np.float64], lines: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(h, w) how far each pixel is from the nearest of (K, 4) lines."""
    nearest = np.full(x.shape, np.inf)
    for x0, y0, x1, y1 in lines:
        dx, dy = x1 - x0, y1 - y0
        along = ((x - x0) * dx + (y - y0) * dy) / max(1e-12, dx * dx + dy * dy)
        along = np.clip(along, 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - x0 - along * dx, y - y0 - along * dy))
    return nearest
