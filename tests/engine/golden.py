"""Golden pictures: what heads, sets, lights and framings looked like when somebody last approved.

After an intended change of the look, view the new pictures and keep them:

    python -m tests.engine.golden            # all of them
    python -m tests.engine.golden nora_wide  # one of them
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.cast import Cast
from engine.face import FaceFrame, weights
from engine.look import Look
from engine.render import Renderer
from engine.render.yuv import Bytes, straight
from tests.engine.sample_head import sample_head

FOLDER = Path(__file__).parent / "golden"
OUT = Path(__file__).parents[2] / "out" / "golden"

MEAN, WORST = 1.0, 20
"""Of 255: how far the mean may be off, and all but 0.5 % of the values."""


@dataclass(frozen=True, slots=True)
class Golden:
    """A picture to keep: what it shows, of which size; on a clear ground if ``alpha``."""

    look: Look
    face: FaceFrame
    size: tuple[int, int] = (144, 144)
    alpha: bool = False


def _face(yaw: float = 0.0, pitch: float = 0.0, **named: float) -> FaceFrame:
    neutral = FaceFrame.neutral()
    head = np.array([pitch, yaw, 0, 0, 0, 0], np.float32)
    return FaceFrame(0, weights(**named), head, neutral.gaze, neutral.camera)


_SMILE = _face(0.12, mouthSmileLeft=0.7, mouthSmileRight=0.7, cheekSquintLeft=0.4)
_SPEAKS = _face(-0.25, 0.05, jawOpen=0.5, mouthLowerDownLeft=0.3, mouthLowerDownRight=0.3)
_PURSES = _face(jawOpen=0.15, mouthPucker=0.9, browInnerUp=0.6)
_BLINKS = _face(0.35, -0.1, eyeBlinkLeft=1, eyeBlinkRight=1)

GOLDEN: dict[str, Golden] = {
    "nora_gradient": Golden(Look("nora"), _SMILE),
    "nora_wide": Golden(Look("nora", "studio", framing="bust"), _SPEAKS, (256, 144)),
    "theo_office": Golden(Look("theo", "office"), _SPEAKS),
    "amara_tall": Golden(Look("amara", "studio"), _PURSES, (108, 192)),
    "kenji_close": Golden(Look("kenji", "#2d4a3e", framing="close"), _BLINKS),
    "ruth_office": Golden(Look("ruth", "office"), _SMILE),
    "omar_clear": Golden(Look("omar", "transparent"), _SPEAKS, alpha=True),
    "omar_green": Golden(Look("omar", "transparent"), _PURSES),
    "pip_gradient": Golden(Look("pip"), _SPEAKS),
    "vega_studio": Golden(Look("vega", "studio"), _SMILE),
}
"""By name. Few and small: they are to notice a change, not to show it."""


def draw(golden: Golden) -> Bytes:
    """(height, width, 3 or 4) uint8, drawn as on a CPU whatever draws here."""
    dressed = Cast().dress(golden.look)
    with Renderer(dressed.head, *golden.size, hardware=False) as renderer:
        renderer.set_stage(dressed.stage, dressed.light, golden.look.framing)
        if golden.alpha:
            return straight(renderer.rgba(golden.face))
        return renderer.rgb(golden.face)


def draw_sample() -> Bytes:
    """The head of spheres: every material, whatever becomes of the characters."""
    with Renderer(sample_head(), 144, 144, hardware=False) as renderer:
        return renderer.rgb(_face(0.25, 0.05, jawOpen=1))


def drawings() -> dict[str, Callable[[], Bytes]]:
    """How to draw each picture, by name."""
    made = {name: (lambda golden=golden: draw(golden)) for name, golden in GOLDEN.items()}
    return {"sample": draw_sample, **made}


def compare(name: str, drawn: Bytes) -> str | None:
    """None if a drawing is as it was, else what is wrong, with pictures of it left in OUT."""
    path = FOLDER / f"{name}.png"
    wanted = np.asarray(Image.open(path))
    if wanted.shape != drawn.shape:
        return f"{name}: {drawn.shape} instead of {wanted.shape}"
    difference = np.abs(drawn.astype(np.int16) - wanted)
    worst = float(np.percentile(difference, 99.5))
    if difference.mean() <= MEAN and worst <= WORST:
        return None
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    amplified = np.minimum(4 * difference[..., :3], 255)
    for kind, pixels in (("expected", wanted), ("actual", drawn), ("difference", amplified)):
        _save(pixels, folder / f"{kind}.png")
    return (
        f"{name}: off by {difference.mean():.2f} of 255 in the mean, by {worst:.0f} at worst; see "
        f"out/golden/{name}/ (expected, actual, 4x their difference); if it is meant to be so: "
        f"python -m tests.engine.golden {name}"
    )


def _save(pixels: NDArray[np.generic], path: Path) -> None:
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path, optimize=True)


def main(names: list[str]) -> None:
    """Draw and keep the pictures of these names, or all of them."""
    ways = drawings()
    for name in names or ways:
        FOLDER.mkdir(exist_ok=True)
        _save(ways[name](), FOLDER / f"{name}.png")
        print(FOLDER.name, name)


if __name__ == "__main__":
    main(sys.argv[1:])
