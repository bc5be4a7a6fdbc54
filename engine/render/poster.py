"""The still that the page shows before the first frame: ``python -m engine.render.poster``.

Writes ``web/poster.png``, the default head's friendliest face, 512 x 512.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from engine.avatar.rig import load_head
from engine.face import FaceFrame, weights
from engine.render.renderer import Renderer
from engine.render.yuv import Bytes

POSTER = Path(__file__).resolve().parents[2] / "web" / "poster.png"


def friendly() -> FaceFrame:
    """A slight smile, head a little turned and tipped, eyes in the camera."""
    neutral = FaceFrame.neutral()
    pose = weights(
        mouthSmileLeft=0.32,
        mouthSmileRight=0.28,
        cheekSquintLeft=0.15,
        cheekSquintRight=0.15,
        browInnerUp=0.1,
    )
    head = np.array([0.02, -0.07, 0.03, 0, 0, 0], np.float32)
    gaze = np.array([0.07, -0.02], np.float32)
    return FaceFrame(0, pose, head, gaze, neutral.camera)


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
    """Draw the poster, larger than it needs to be for the finest edges."""
    with Renderer(load_head(), 512, 512, supersample=3) as renderer:
        write_png(renderer.rgb(friendly()), POSTER)


if __name__ == "__main__":
    main()
