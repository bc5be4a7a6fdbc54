"""A recording as pictures that can be transparent: WebM, or numbered PNG files.

The face is the one that `server.offline.render` encodes; here it is drawn with what H.264 lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput
from engine.face import FaceFrame, between
from engine.options import SessionOptions
from engine.pipeline import Engine
from engine.quality import QualityDial
from engine.render.backend import DrawingBackend, open_backend
from engine.render.badge import badged
from engine.render.yuv import straight
from engine.speech.audio import PCM
from engine.timeline import SAMPLE_RATE, FrameGrid, Samples
from server.offline import Done, Progress, check_target, replacing
from server.outputs.media_file import RATE, MediaFile
from server.outputs.png_frames import PngWriter, pattern_of
from server.outputs.webm import WebmWriter

Pixels = NDArray[np.uint8]


class FrameFaces:
    """The faces of the frames, each at its centre, out of the poses of a session."""

    def __init__(self, fps: int) -> None:
        self._grid = FrameGrid(fps)
        self._frame = 0
        self._last: FaceFrame | None = None

    def push(self, poses: list[FaceFrame]) -> Iterator[FaceFrame]:
        """The faces that poses (100 a second) complete."""
        for pose in poses:
            while (centre := self._grid.centre(self._frame)) <= pose.time:
                yield between(self._last or pose, pose, centre)
                self._frame += 1
            self._last = pose

    def flush(self, end: Samples) -> Iterator[FaceFrame]:
        """The faces of the frames that begin before ``end`` and have no pose at their centre."""
        while self._last is not None and self._grid.start(self._frame) < end:
            yield self._last
            self._frame += 1


def render(
    engine: Engine,
    source: Path,
    target: Path,
    options: SessionOptions,
    *,
    overwrite: bool = False,
    progress: Progress = lambda seconds: None,
) -> Done:
    """Write the pictures of ``source`` to ``target``: OUT.webm, out/%05d.png or a folder.

    With the set "transparent" they have alpha. Errors as in `server.offline.render`; of numbered
    files those that were written stay.
    """
    check(target, overwrite, source)
    transparent = engine.cast.stage(options.set).colour[3] == 0
    pattern = pattern_of(target)
    if pattern is not None:
        return _as_files(engine, source, pattern, options, transparent, progress)
    with replacing(target) as part:
        size = (options.width, options.height)
        rate = options.video_bitrate
        with WebmWriter(part, options.fps, *size, transparent=transparent, bitrate=rate) as writer:
            return _draw(engine, source, options, progress, writer.picture, writer.sound)


def _as_files(
    engine: Engine,
    source: Path,
    pattern: Path,
    options: SessionOptions,
    transparent: bool,
    progress: Progress,
) -> Done:
    writer = PngWriter(pattern, transparent=transparent)
    try:
        pattern.parent.mkdir(exist_ok=True)
        return _draw(engine, source, options, progress, writer.picture, lambda pcm: None)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidInput("OUT", str(pattern), f"writing failed ({reason}); make room") from error


def _draw(
    engine: Engine,
    source: Path,
    options: SessionOptions,
    progress: Progress,
    picture: Callable[[int, Pixels], None],
    sound: Callable[[PCM], None],
) -> Done:
    """Hear ``source`` and hand on its sound and its pictures, beside their alpha."""
    faces, samples, count = FrameFaces(options.fps), 0, 0
    session = engine.session(options, sink="motion")
    backend = _backend(engine, options)

    def show(shown: Iterator[FaceFrame]) -> None:
        nonlocal count
        for face in shown:
            backend.pose(face)
            backend.draw(transparent=True)
            picture(count, straight(backend.read_rgba()))
            count += 1

    try:
        with MediaFile(source) as file:
            for pcm in file.chunks():
                sound(pcm)
                session.push(pcm)
                show(faces.push(session.curves()))
                samples += len(pcm)
                progress(samples / RATE)
            session.flush()
            show(faces.push(session.curves()))
            show(faces.flush(samples * SAMPLE_RATE // RATE))
            return Done(samples / RATE, count, file.damaged_packets)
    finally:
        session.close()
        backend.close()


def _backend(engine: Engine, options: SessionOptions) -> DrawingBackend:
    dressed = engine.cast.dress(options.look)
    finesse = QualityDial(options.quality, options.fps).step.supersample
    size = (options.width, options.height)
    drawing = open_backend(dressed.head, *size, supersample=finesse)
    backend = badged(drawing, *size, engine.cast.badge)
    backend.set_stage(dressed.stage, dressed.light, options.framing)
    return backend


def check(target: Path, overwrite: bool, source: Path) -> None:
    """Refuse, before any work is done, an OUT that cannot or should not be written."""
    pattern = pattern_of(target)
    if pattern is None:
        if target.suffix.lower() == ".png":
            remedy = "give a folder, or a name with a number such as out/%05d.png"
            raise InvalidInput("OUT", str(target), remedy)
        check_target(source, target, ".mp4 .webm", overwrite)
        return
    if not pattern.parent.parent.is_dir():
        remedy = f"there is no folder {str(pattern.parent.parent)!r}; create it first"
        raise InvalidInput("OUT", str(target), remedy)
    if (pattern.parent / (pattern.name % 0)).exists() and not overwrite:
        remedy = "there are pictures already; give another name, or --force to overwrite them"
        raise InvalidInput("OUT", str(target), remedy)
