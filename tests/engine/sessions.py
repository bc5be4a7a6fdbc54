"""Sessions for tests: one engine for all of them, and pictures that cost nothing."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.face import FaceFrame
from engine.options import SessionOptions
from engine.pipeline import Engine
from engine.session import Session
from engine.speech.audio import INPUT_HOP, PCM
from engine.timeline import HOP, FrameGrid, Samples
from engine.units import Unit, VideoUnit


@cache
def engine() -> Engine:
    """The shipped weights and head, loaded once."""
    return Engine.load()


class StillStudio:
    """Stands in for drawing and encoding: a picture says which pose it was asked to show."""

    stride = 1

    def __init__(self, *_: object) -> None:
        self.keyframe_wanted = True

    def leave_out(self) -> None:
        """Nothing is measured."""

    def show(self, face: FaceFrame, index: int, grid: FrameGrid) -> VideoUnit:
        """A picture of the numbers themselves."""
        key, self.keyframe_wanted = self.keyframe_wanted, False
        payload = numbers([face]).tobytes()
        return VideoUnit(grid.start(index), grid.duration(index), payload, key)

    def close(self) -> None:
        """Nothing is held."""


def numbers(faces: list[FaceFrame]) -> NDArray[np.float64]:
    """(poses, 67): time, blendshapes, head, gaze, camera, body."""
    return np.array(
        [
            np.concatenate([[f.time], f.blendshapes, f.head, f.gaze, f.camera, f.body]).astype(
                float
            )
            for f in faces
        ]
    ).reshape(len(faces), 67)


def motion(pcm: PCM, flush: bool = True, **options: int) -> list[FaceFrame]:
    """The curves of a session of its own."""
    session = engine().session(SessionOptions(**options), "motion")  # type: ignore[arg-type]
    session.push(pcm)
    if flush:
        session.flush()
    return session.curves()


def in_parts(pcm: PCM, places: list[int]) -> list[PCM]:
    """The same samples, cut at these places."""
    edges = [0, *sorted(place % (len(pcm) + 1) for place in places), len(pcm)]
    return [pcm[a:b] for a, b in pairwise(edges)]


def hop_by_hop(session: Session, pcm: PCM) -> list[tuple[Samples, Unit]]:
    """Units with the media time up to which audio had come when each was made."""
    made: list[tuple[Samples, Unit]] = []
    for number, start in enumerate(range(0, len(pcm), INPUT_HOP), 1):
        made += [(number * HOP, unit) for unit in session.push(pcm[start : start + INPUT_HOP])]
    return made
