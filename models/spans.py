"""Stretches of time on a 100 Hz grid: which frames they cover, and smooth plateaus over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.face import Floats

RATE = 100.0
"""Frames per second; frame t is centred on (t + 0.5) / RATE seconds."""

Ints = NDArray[np.int64]
Times = NDArray[np.float64]


class Spans(NamedTuple):
    """(N,) starts and ends in seconds."""

    start: Times
    end: Times


def lengthened(spans: Sequence[tuple[float, float]], least: float) -> Spans:
    """Spans of at least ``least`` seconds about the same middles."""
    start, end = np.array(spans, np.float64).reshape(-1, 2).T
    missing = np.maximum(least - (end - start), 0) / 2
    return Spans(start - missing, end + missing)


def covered(start: Times, end: Times, frames: int) -> tuple[Ints, Ints]:
    """(P,) frame and (P,) span numbers of all frames whose centre lies within each span."""
    first = np.clip(np.ceil(start * RATE - 0.5), 0, frames).astype(np.int64)
    stop = np.clip(np.ceil(end * RATE - 0.5), first, frames).astype(np.int64)
    count = stop - first
    span = np.repeat(np.arange(len(start)), count)
    within = np.arange(len(span)) - np.repeat(np.cumsum(count) - count, count)
    return first[span] + within, span


def centre(frame: Ints) -> Times:
    """Seconds at the middle of frames."""
    return np.asarray((frame + 0.5) / RATE, np.float64)


def inside(spans: Spans, frames: int) -> Floats:
    """(frames,) 1 where a frame's centre is in a span, otherwise 0."""
    flags = np.zeros(frames, np.float32)
    flags[covered(spans.start, spans.end, frames)[0]] = 1
    return flags


def plateaus(
    spans: Spans, frames: int, rise: float, fall: float, top: Times | float = 1.0
) -> Floats:
    """(frames,) ``top`` within each span, smoothly from 0 in ``rise`` seconds and to 0 in ``fall``.

    A span may end before it begins: then rise and fall cross below the top.
    """
    frame, span = covered(spans.start - rise, spans.end + fall, frames)
    before = (centre(frame) - spans.start[span]) / rise + 1
    after = (spans.end[span] - centre(frame)) / fall + 1
    height = np.broadcast_to(top, len(spans.start))[span] * smoothstep(np.minimum(before, after))
    highest = np.zeros(frames, np.float32)
    np.maximum.at(highest, frame, height.astype(np.float32))
    return highest


def smoothstep(x: Times) -> Times:
    """0 up to 0, 1 from 1 on, and between them a cubic without a corner."""
    x = np.clip(x, 0, 1)
    return np.asarray(x * x * (3 - 2 * x), np.float64)
