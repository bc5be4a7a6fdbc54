"""Pictures for the page and the documents: ``python -m engine.render.poster``.

Writes ``web/poster.png``, the default character's friendliest face, which the page shows before the
first frame, and into ``docs/pictures``: ``hero.png``, characters in the middle of words in their
places; ``cast.png``, all of them; ``expressions.png``, the default one in every expression.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from engine.avatar import catalogue
from engine.face import FaceFrame, Floats, weights
from engine.render.lights import light_named
from engine.render.renderer import Renderer
from engine.render.sets import load_set
from engine.render.yuv import Bytes

ROOT = Path(__file__).resolve().parents[2]
POSTER = ROOT / "web" / "poster.png"
PICTURES = ROOT / "docs" / "pictures"

_WIDE, _HIGH = 1088, 608
"""Of the hero's large picture; the small ones beside it are a quarter as high."""

_LARGE = ("nora", "studio", "auto", 0)
_SMALL = (
    ("theo", "office", "auto", 2),
    ("amara", "night", "auto", 0),
    ("kenji", "gradient", "soft", 1),
    ("ruth", "studio", "warm", 2),
    ("pip", "#f0c9a0", "daylight", 0),
    ("omar", "office", "auto", 3),
    ("vega", "night", "neon", 3),
    ("nora", "#20303c", "dramatic", 1),
)
"""Character, set, light, and which of `speaking`."""

_SMILE = {"mouthSmileLeft": 0.32, "mouthSmileRight": 0.28}
_CHEEKS = {"cheekSquintLeft": 0.15, "cheekSquintRight": 0.15}
_TEETH = {"mouthUpperUpLeft": 0.25, "mouthUpperUpRight": 0.25}
_LOWER = {"mouthLowerDownLeft": 0.25, "mouthLowerDownRight": 0.25}
_BROWS = {"browInnerUp": 0.15, "browOuterUpLeft": 0.3, "browOuterUpRight": 0.3}


def friendly() -> FaceFrame:
    """A slight smile, head a little turned and tipped, eyes in the camera."""
    return _face(weights(browInnerUp=0.1, **_SMILE, **_CHEEKS), 0.02, -0.07, 0.03)


def speaking() -> tuple[FaceFrame, ...]:
    """The head in the middle of /a/, /u/ and /i/, and after them."""
    return (
        _face(weights(jawOpen=0.42, **_SMILE, **_CHEEKS, **_TEETH, **_BROWS), -0.04, 0.12, -0.03),
        _face(weights(jawOpen=0.12, mouthPucker=0.8, mouthFunnel=0.3), 0.03, -0.02, 0.02),
        _face(weights(jawOpen=0.12, **_SMILE, **_CHEEKS, **_TEETH, **_LOWER), 0.02, -0.16, 0.04),
        friendly(),
    )


def _face(pose: Floats, pitch: float, yaw: float, roll: float) -> FaceFrame:
    """A pose whose eyes stay in the camera however the head is turned."""
    head = np.array([pitch, yaw, roll, 0, 0, 0], np.float32)
    gaze = np.array([-yaw, -pitch], np.float32)
    return FaceFrame(0, pose, head, gaze, FaceFrame.neutral().camera)


def write_png(picture: Bytes, path: Path) -> None:
    """Write (height, width, 3) uint8 sRGB as a PNG file."""
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
    encoder = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "rgb24"
    encoder.time_base = Fraction(1)
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(bytes(packet) for packet in packets))


def _in_place(name: str, place: str, light: str, word: int, width: int, height: int) -> Bytes:
    """One character in the middle of a word; (height, width, 3)."""
    stage = load_set(place)
    lamps = light_named(stage.light if light == "auto" else light)
    with Renderer(catalogue.load(name), width, height, supersample=2) as renderer:
        renderer.set_stage(stage, lamps, "portrait")
        return renderer.rgb(speaking()[word]).copy()


def hero() -> Bytes:
    """One large picture, and two columns of small ones; (608, 1632, 3) uint8."""
    width, height = _WIDE // 4, _HIGH // 4
    small = [_in_place(*who, width, height) for who in _SMALL]
    columns = [np.vstack(small[:4]), np.vstack(small[4:])]
    return np.hstack([_in_place(*_LARGE, _WIDE, _HIGH), *columns])


def main() -> None:
    """Draw them, larger than they need to be for the finest edges."""
    from engine.render.sheet import cast_sheet, expression_sheet

    heads = [catalogue.load(name) for name in catalogue.names()]
    with Renderer(heads[0], 640, 640, supersample=2) as renderer:
        write_png(renderer.rgb(friendly()), POSTER)
    write_png(hero(), PICTURES / "hero.png")
    write_png(cast_sheet(heads, 320), PICTURES / "cast.png")
    write_png(expression_sheet(heads[0], 192), PICTURES / "expressions.png")


if __name__ == "__main__":
    main()
