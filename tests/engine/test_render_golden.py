"""The sample head must look as it did, within what drivers differ by.

After an intended change of the look, view the new picture and keep it:

    python -m tests.engine.test_render_golden
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from engine.face import FaceFrame, weights
from engine.render import Renderer
from engine.render.yuv import Bytes
from tests.engine.sample_head import sample_head

GOLDEN = Path(__file__).parent / "golden" / "sample_head.png"
OUT = Path(__file__).parents[2] / "out" / "render"


def picture() -> Bytes:
    neutral = FaceFrame.neutral()
    head = np.array([0.05, 0.25, 0.05, 0, 0, 0], np.float32)
    face = FaceFrame(0, weights(jawOpen=1), head, neutral.gaze, neutral.camera)
    with Renderer(sample_head(), 128, 128) as renderer:
        return renderer.rgb(face)


def test_the_sample_head_looks_as_it_did() -> None:
    drawn = picture().astype(np.int16)
    wanted = np.asarray(Image.open(GOLDEN).convert("RGB")).astype(np.int16)
    difference = np.abs(drawn - wanted)
    if difference.mean() > 1 or np.percentile(difference, 99.7) > 16:
        OUT.mkdir(parents=True, exist_ok=True)
        strip = np.hstack([wanted, drawn, np.minimum(4 * difference, 255)])
        Image.fromarray(strip.astype(np.uint8)).save(OUT / "sample_head_difference.png")
        raise AssertionError(
            f"mean difference {difference.mean():.2f} of 255; wanted, drawn and 4x their "
            f"difference are in {OUT.name}/sample_head_difference.png"
        )


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    Image.fromarray(picture()).save(GOLDEN)
