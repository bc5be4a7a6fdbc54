"""Milliseconds of processor time per drawn frame, by character, size, quality and step.

Process time, all threads: on a software renderer it is what a session costs its worker. A
talking, turning, blinking face is drawn in the podcast studio, so that every part moves and
nothing is left out. The quickest of several batches counts: whatever else the machine does only
ever adds. Where several sessions are counted, their pictures take turns in one OpenGL context,
and the figures are of one picture.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from benchmarks.report import write_report
from engine.cast import Cast, Dressed
from engine.face import FaceFrame, weights
from engine.look import Look
from engine.quality import QUALITIES, QualityDial
from engine.render import Renderer, describe

SIZES: tuple[tuple[int, int], ...] = (
    *((256, 256), (512, 512)),
    *((640, 360), (1280, 720), (720, 1280)),
)
AVATARS = ("nora", "pip")
"""The natural one with the most hair, and the one that is drawn with ink."""

SESSIONS = (2, 8)
"""How many share a context, beside one alone."""

_SET = "studio"
_USUAL = "medium"
_SESSION_SIZE = (512, 512)
_BATCHES = 5


def main(
    sizes: Sequence[tuple[int, int]] = SIZES,
    frames: int = 100,
    json_path: Path | None = None,
    avatars: Sequence[str] = AVATARS,
) -> None:
    """Time ``frames`` frames of each row; print a table and write JSON if asked.

    Every size at the usual quality, then the other qualities at each of the sizes that are shown
    most, then several sessions.
    """
    cast = Cast()
    faces = [talking(index / 25) for index in range(max(1, frames // _BATCHES))]
    rows = []
    for avatar in avatars:
        dressed = cast.dress(Look(avatar, _SET))
        plan = [(size, _USUAL, 1) for size in sizes]
        plan += [(size, name, 1) for size in sizes for name in _other_qualities()]
        if _SESSION_SIZE in sizes:
            plan += [(_SESSION_SIZE, _USUAL, sessions) for sessions in SESSIONS]
        rows += [_row(dressed, *entry, faces) for entry in plan]
    settings = {"frames": frames, "set": _SET, **describe()}
    write_report("render", settings, rows, json_path)


def _other_qualities() -> list[str]:
    return [name for name in QUALITIES if name not in (_USUAL, "auto")]


def _row(
    dressed: Dressed,
    size: tuple[int, int],
    quality: str,
    sessions: int,
    faces: Sequence[FaceFrame],
) -> dict[str, str | int | float]:
    supersample = QualityDial(quality, 25).step.supersample
    with ExitStack() as stack:
        renderers = [
            stack.enter_context(Renderer(dressed.head, *size, supersample=supersample))
            for _ in range(sessions)
        ]
        for renderer in renderers:
            renderer.set_stage(dressed.stage, dressed.light, dressed.look.framing)
            renderer.i420(faces[0])
        pose, draw, read = _quickest([_steps(renderer) for renderer in renderers], faces)
    total = pose + draw + read
    return {
        "avatar": dressed.look.avatar,
        "size": f"{size[0]}x{size[1]}",
        "quality": quality,
        "sessions": sessions,
        "morph_ms": pose,
        "draw_ms": draw,
        "read_convert_ms": read,
        "total_ms": total,
        "frames_per_core_second": 1000 / total,
    }


def talking(seconds: float) -> FaceFrame:
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
    sessions: Sequence[Sequence[Callable[[FaceFrame], object]]], faces: Sequence[FaceFrame]
) -> list[float]:
    """Milliseconds per picture of each step, in the quickest batch of all steps together."""
    batches = []
    for _ in range(_BATCHES):
        spent = [0.0] * len(sessions[0])
        for index, face in enumerate(faces):
            for place, step in enumerate(sessions[index % len(sessions)]):
                begun = time.process_time()
                step(face)
                spent[place] += time.process_time() - begun
        batches.append([seconds * 1000 / len(faces) for seconds in spent])
    return min(batches, key=sum)


if __name__ == "__main__":
    main()
