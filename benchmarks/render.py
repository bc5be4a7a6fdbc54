"""Milliseconds of processor time per drawn frame, by picture size and step.

Process time, all threads: on a software renderer it is what a session costs its worker. A
talking, turning, blinking face is drawn, so that every part moves. The quickest of several
batches counts: whatever else the machine does only ever adds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.report import write_report
from engine.avatar.rig import load_head
from engine.face import FaceFrame, weights
from engine.render import Renderer, describe

SIZES: tuple[tuple[int, int], ...] = ((256, 256), (512, 512), (640, 360), (1280, 720))
_BATCHES = 5


def main(
    sizes: Sequence[tuple[int, int]] = SIZES, frames: int = 100, json_path: Path | None = None
) -> None:
    """Time ``frames`` frames at each (width, height); print a table and write JSON if asked."""
    head = load_head()
    faces = [_talking(index / 25) for index in range(max(1, frames // _BATCHES))]
    rows = []
    for width, height in sizes:
        with Renderer(head, width, height) as renderer:
            renderer.i420(faces[0])
            pose, draw, read = _quickest(_steps(renderer), faces)
        total = pose + draw + read
        rows.append(
            {
                "size": f"{width}x{height}",
                "morph_ms": pose,
                "draw_ms": draw,
                "read_convert_ms": read,
                "total_ms": total,
                "frames_per_core_second": 1000 / total,
            }
        )
    settings = {"frames": frames, "avatar": head.name, **describe()}
    write_report("render", settings, rows, json_path)


def _talking(seconds: float) -> FaceFrame:
    """A face in the middle of speech."""

    def wave(hertz: float) -> float:
        return 0.5 - 0.5 * math.cos(2 * math.pi * hertz * seconds)

    smile, blink = 0.3 * wave(0.5), wave(0.7) ** 8
    pose = weights(
        jawOpen=0.6 * wave(4),
        mouthPucker=0.5 * wave(2.3),
        mouthFunnel=0.3 * wave(1.7),
        mouthUpperUpLeft=0.2 * wave(3),
        mouthUpperUpRight=0.2 * wave(3),
        mouthSmileLeft=smile,
        mouthSmileRight=smile,
        browInnerUp=0.4 * wave(0.9),
        eyeBlinkLeft=blink,
        eyeBlinkRight=blink,
    )
    head = np.array([0.1 * wave(1), 0.2 * wave(0.4) - 0.1, 0, 0, 0, 0], np.float32)
    neutral = FaceFrame.neutral()
    return FaceFrame(0, pose, head, neutral.gaze, neutral.camera)


def _steps(renderer: Renderer) -> list[Callable[[FaceFrame], object]]:
    return [
        renderer.pose,
        lambda _: renderer.draw(wait=True),
        lambda _: renderer.read_i420(),
    ]


def _quickest(
    steps: Sequence[Callable[[FaceFrame], object]], faces: Sequence[FaceFrame]
) -> list[float]:
    """Milliseconds per face of each step, in the quickest batch of all steps together."""
    batches = []
    for _ in range(_BATCHES):
        spent = [0.0] * len(steps)
        for face in faces:
            for index, step in enumerate(steps):
                begun = time.process_time()
                step(face)
                spent[index] += time.process_time() - begun
        batches.append([seconds * 1000 / len(faces) for seconds in spent])
    return min(batches, key=sum)


if __name__ == "__main__":
    main()
