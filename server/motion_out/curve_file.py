"""The face's motion as a file of numbers: NPZ for programs, CSV for tables and other tools."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.avatar.lips import LipMeasure
from engine.avatar.rig import Head
from engine.face import ARKIT, BODY, CAMERA, GAZE, HEAD, FaceFrame, Floats
from engine.timeline import MOTION_HOP, SAMPLE_RATE

SUFFIXES = ".csv .npz"

_PARTS = {"head": HEAD, "gaze": GAZE, "camera": CAMERA, "body": BODY}
COLUMNS = (
    *ARKIT,
    *(f"{part}_{name}" for part, names in _PARTS.items() for name in names),
)
"""Of a CSV file after ``sample`` and ``time_s``; of `rows` alike."""


def rows(faces: Sequence[FaceFrame]) -> Floats:
    """(T, 66) everything about each pose side by side: an hour of poses stays small this way."""
    if not faces:
        return np.zeros((0, len(COLUMNS)), np.float32)
    return np.stack(
        [np.concatenate([f.blendshapes, f.head, f.gaze, f.camera, f.body]) for f in faces]
    )


def write(path: Path, suffix: str, poses: Floats, head: Head) -> None:
    """Write (T, 66) ``poses``, 100 a second, to ``path`` in the format of ``suffix``; OSError."""
    if suffix.lower() == ".csv":
        _write_csv(path, poses)
        return
    with path.open("wb") as out:
        np.savez_compressed(out, **curves(poses, head))  # type: ignore[arg-type]


def curves(poses: Floats, head: Head) -> dict[str, NDArray[np.generic]]:
    """The arrays of an NPZ file from (T, 66) ``poses``.

    ``sample`` (T,) int64 at 16 kHz, ``time_s`` (T,), ``names`` (52,), ``blendshapes`` (T, 52),
    ``head`` (T, 6), ``gaze`` (T, 2), ``camera`` (T, 3), ``body`` (T, 3), and in [0, 1], measured on
    the lips of ``head``: ``aperture``, ``rounding``, ``labiodental`` (T,).
    """
    ends = np.cumsum([len(ARKIT), *map(len, _PARTS.values())])[:-1]
    blendshapes, *parts = np.split(poses, ends, axis=1)
    lips = LipMeasure(head).measure(blendshapes)
    return {
        "sample": _samples(poses),
        "time_s": _samples(poses) / SAMPLE_RATE,
        "names": np.array(ARKIT),
        "blendshapes": blendshapes,
        **dict(zip(_PARTS, parts, strict=True)),
        **{name: lips[name] for name in ("aperture", "rounding", "labiodental")},
    }


def _write_csv(path: Path, poses: Floats) -> None:
    with path.open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(("sample", "time_s", *COLUMNS))
        for sample, pose in zip(_samples(poses).tolist(), poses.tolist(), strict=True):
            table.writerow((sample, f"{sample / SAMPLE_RATE:.3f}", *(_short(v) for v in pose)))


def _short(value: float) -> str:
    """Five digits after the point, without idle zeros: a hundredth of a millimetre."""
    return f"{round(value, 5) + 0.0:.5f}".rstrip("0").rstrip(".")


def _samples(poses: Floats) -> NDArray[np.int64]:
    return np.arange(len(poses), dtype=np.int64) * MOTION_HOP
