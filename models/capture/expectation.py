"""What the engine's own face does to a recording: the measure against which curves are timed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion
from scipy.signal import resample_poly

from engine.face import INDEX, Floats
from engine.options import SessionOptions
from engine.pipeline import Engine
from engine.speech.audio import DECIMATION
from engine.timeline import MOTION_HOP, SAMPLE_RATE

_LOOK_AHEAD_MS = 160
"""As much as there is: timing is then the engine's best."""

_MARGIN = 64
"""Samples beyond each end that the resampling filter is given to see."""

_SHUT = 0.01
_STILL_FRAMES = 31
"""A mouth at rest has been and will be shut for 150 ms."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """For T motion samples: ``opening`` (T,) of the jaw, ``at_rest`` (T,) where nobody talks."""

    opening: Floats
    at_rest: NDArray[np.bool_]


def expect(engine: Engine, samples: NDArray[np.int16]) -> Expectation:
    """What to expect of a face for ``samples``, int16 at 16 kHz; T = len(samples) // 160."""
    session = engine.session(SessionOptions(look_ahead_ms=_LOOK_AHEAD_MS), sink="motion")
    rows = []
    for raised in _at_48k(samples):
        session.push(raised)
        rows += [face.blendshapes for face in session.curves()]
    session.flush()
    rows += [face.blendshapes for face in session.curves()]
    session.close()
    faces = np.stack(rows)[: len(samples) // MOTION_HOP]
    opening = faces[:, INDEX["jawOpen"]]
    at_rest = binary_erosion(opening < _SHUT, np.ones(_STILL_FRAMES), border_value=1)
    return Expectation(opening, np.asarray(at_rest, bool))


def _at_48k(samples: NDArray[np.int16]) -> Iterator[NDArray[np.int16]]:
    """The sound three times as fine, as sessions take it, second by second."""
    padded = np.pad(samples, _MARGIN).astype(np.float32)
    for start in range(0, len(samples), SAMPLE_RATE):
        length = min(SAMPLE_RATE, len(samples) - start)
        part = padded[start : start + length + 2 * _MARGIN]
        raised = resample_poly(part, DECIMATION, 1)[_MARGIN * DECIMATION : -_MARGIN * DECIMATION]
        yield np.clip(np.rint(raised), -32768, 32767).astype(np.int16)
