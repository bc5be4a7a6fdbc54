"""A folder of takes: which files belong together, and all of them cleaned.

A take is a sound or video file and a file of curves that share a stem, in the folder or below it.
Live Link Face adds a suffix to the curves: ``_cal`` for calibrated ones, ``_raw`` for those before
calibration, ``_neutral`` for the neutral face alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput
from engine.pipeline import Engine
from models.capture.archive import read_archive
from models.capture.cleaning import Report, Take, clean
from models.capture.expectation import expect
from models.capture.livelink import read_livelink
from models.sound import read_16k

_READERS = {".csv": read_livelink, ".npz": read_archive}
_SOUND = (".wav", ".flac", ".m4a", ".aac", ".opus", ".ogg", ".mp3", ".aif", ".aiff", ".mka")
_VIDEO = (".mov", ".mp4", ".m4v", ".mkv", ".webm")
_SUFFIXES = ("", "_cal", "_raw")
"""Of the curves' stem after the sound's, the better before the worse."""

_NOT_CURVES = ("_neutral", "frame_log")


@dataclass(frozen=True, slots=True)
class Files:
    """Where a take's sound and curves are."""

    name: str
    sound: Path
    curves: Path


@dataclass(frozen=True, slots=True)
class Capture:
    """What a folder holds: takes with their reports, and for each that is unusable, why."""

    takes: list[Take]
    reports: list[Report]
    refused: list[InvalidInput]


def load(
    folder: Path, engine: Engine, progress: Callable[[str], None] = lambda name: None
) -> Capture:
    """All takes of ``folder``, cleaned; InvalidInput if there is none.

    ``progress`` is told each take's name before it is read.
    """
    capture = Capture([], [], [])
    for files in find(folder):
        progress(files.name)
        try:
            take, report = _load_take(files, engine)
        except InvalidInput as error:
            capture.refused.append(error)
            continue
        capture.takes.append(take)
        capture.reports.append(report)
    return capture


def find(folder: Path) -> list[Files]:
    """The takes in ``folder`` and below it, by name; InvalidInput if there is none."""
    if not folder.is_dir():
        raise InvalidInput("capture", str(folder), "there is no such folder; check the path")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    visible = [path for path in files if not path.name.startswith(".")]
    found = []
    # A take's own microphone is better than the camera's, so sound files go first.
    media = [path for kinds in (_SOUND, _VIDEO) for path in visible if path.suffix.lower() in kinds]
    taken: set[Path] = set()
    for sound in media:
        stem = sound.with_suffix("")
        curves = _curves(stem, visible) if stem not in taken else None
        if curves is not None:
            taken.add(stem)
            found.append(Files(str(stem.relative_to(folder)), sound, curves))
    if not found:
        remedy = (
            f"no take among its {len(visible)} files; put a sound or video file and its curves "
            "(.csv of Live Link Face, or .npz) side by side under one name"
        )
        raise InvalidInput("capture", str(folder), remedy)
    return sorted(found, key=lambda files: files.name)


def _curves(stem: Path, files: Sequence[Path]) -> Path | None:
    by_name = {path.with_suffix(path.suffix.lower()): path for path in files}
    for suffix in _SUFFIXES:
        for kind in _READERS:
            path = by_name.get(stem.with_name(f"{stem.name}{suffix}{kind}"))
            if path is not None and not path.stem.endswith(_NOT_CURVES):
                return path
    return None


def _load_take(files: Files, engine: Engine) -> tuple[Take, Report]:
    samples = _sound(files.sound)
    recording = _READERS[files.curves.suffix.lower()](files.curves)
    return clean(files.name, samples, recording, expect(engine, samples))


def _sound(path: Path) -> NDArray[np.int16]:
    """The sound at 16 kHz; InvalidInput if there is none."""
    try:
        samples = read_16k(path)
    except (av.FFmpegError, IndexError, OSError) as error:
        remedy = "no sound can be read from it; record with the microphone on"
        raise InvalidInput("capture", path.name, remedy) from error
    return samples
