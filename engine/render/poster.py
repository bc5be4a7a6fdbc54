"""Pictures for the page and the documents: ``python -m engine.render.poster``.

Writes ``web/poster.png``, the default head's friendliest face, which the page shows before the
first frame, and ``docs/pictures/hero.png``, the same head in the middle of words.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from engine.avatar.rig import load_head
from engine.face import FaceFrame, Floats, weights
from engine.render.renderer import Renderer
from engine.render.yuv import Bytes

ROOT = Path(__file__).resolve().parents[2]
POSTER = ROOT / "web" / "poster.png"
HERO = ROOT / "docs" / "pictures" / "hero.png"

_SMILE = {"mouthSmileLeft": 0.32, "mouthSmileRight": 0.28}
_CHEEKS = {"cheekSquintLeft": 0.15, "cheekSquintRight": 0.15}
_TEETH = {"mouthUpperUpLeft": 0.25, "mouthUpperUpRight": 0.25}
_LOWER = {"mouthLowerDownLeft": 0.25, "mouthLowerDownRight": 0.25}
_BROWS = {"browInnerUp": 0.45, "browOuterUpLeft": 0.3, "browOuterUpRight": 0.3}


def friendly() -> FaceFrame:
    """A slight smile, head a little turned and tipped, eyes in the camera."""
    return _face(weights(browInnerUp=0.1, **_SMILE, **_CHEEKS), 0.02, -0.07, 0.03)


def speaking() -> tuple[FaceFrame, ...]:
    """The head in the middle of /a/, /u/ and /i/, and after them."""
    return (
        _face(weights(jawOpen=0.55, **_LOWER, **_TEETH, **_BROWS), -0.04, 0.12, -0.03),
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


def main() -> None:
    """Draw them, larger than they need to be for the finest edges."""
    head = load_head()
    with Renderer(head, 512, 512, supersample=3) as renderer:
        write_png(renderer.rgb(friendly()), POSTER)
    with Renderer(head, 400, 400, supersample=3) as renderer:
        write_png(np.hstack([renderer.rgb(face) for face in speaking()]), HERO)


if __name__ == "__main__":
    main()
