"""Listening, breath and camera."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.signal import butter, find_peaks, sosfiltfilt

from benchmarks.behaviour.people import Finding
from benchmarks.behaviour.performed import RATE, Array, Performed

_NOD_DEG, _NOD_BAND_HZ = 1.0, (0.6, 5.0)
_NOD_APART_S = 0.6
"""Nods closer than this are one: most listeners nod more than once at a time."""

_ANSWERS_S = 2.0
_BREATH_M = 0.0006
_SMILE = 0.12


def listening(performed: Sequence[Performed]) -> list[Finding]:
    """Nods, when they come, and smiles, of one who listens."""
    times = [nods(one) for one in performed]
    minutes = sum(one.minutes for one in performed)
    delays: list[float] = []
    ends, answered = 0, 0
    for one, some in zip(performed, times, strict=True):
        for _, end in one.talk.phrases:
            ends += 1
            after = some[(some >= end - 0.2) & (some < end + _ANSWERS_S)]
            answered += bool(len(after))
            delays += (after[:1] - end).tolist()
    smiles = sum(len(_rises(one.shape("mouthSmile"), _SMILE)) for one in performed)
    jaw = max(float(one.shape("jawOpen").max()) for one in performed)
    many = sum(map(len, times))
    delay = float(np.median(delays)) if delays else float("nan")
    return [
        Finding("listening", "nods a minute", many / minutes, of=many),
        Finding("listening", "nod after the other's phrase end", delay, "s", of=len(delays)),
        Finding(
            "listening",
            "phrase ends that a nod follows",
            100 * answered / max(1, ends),
            "%",
            of=ends,
        ),
        Finding("listening", "smiles a minute", smiles / minutes, of=smiles),
        Finding("listening", "jaw, at most", jaw),
    ]


def nods(one: Performed) -> Array:
    """Seconds at which the head goes down quickly by a degree or more, and comes back."""
    pitch = np.degrees(one.head[:, 0])
    sections = butter(2, _NOD_BAND_HZ, "band", fs=RATE, output="sos")
    down = sosfiltfilt(sections, pitch)
    found, _ = find_peaks(down, prominence=_NOD_DEG, distance=round(_NOD_APART_S * RATE))
    return np.asarray(found / RATE)


def _rises(values: Array, least: float) -> Array:
    """Peaks that stand out by that much."""
    return np.asarray(find_peaks(values, prominence=least, distance=RATE)[0])


def breath(talking: Sequence[Performed], resting: Performed) -> list[Finding]:
    """Breaths a minute, and how much of each goes in."""
    spoken, drawn = _breaths(talking)
    quiet, rest = _breaths([resting])
    return [
        Finding("breath", "a minute at rest", quiet),
        Finding("breath", "share that goes in, at rest", 100 * rest, "%"),
        Finding("breath", "a minute while talking", spoken),
        Finding("breath", "share that goes in, talking", 100 * drawn, "%"),
    ]


def _breaths(performed: Sequence[Performed]) -> tuple[float, float]:
    """A minute, and the share of the time in which the chest rises."""
    tops, rising, total = 0, 0, 0
    for one in performed:
        chest = one.body[:, 0]
        inside = one.within(one.talk.turns, 1.0) if one.talk.turns else np.ones(len(one), bool)
        found, _ = find_peaks(chest, prominence=_BREATH_M)
        tops += int(inside[found].sum())
        up = np.concatenate([[False], np.diff(chest) > 1e-6])
        rising, total = rising + int((up & inside).sum()), total + int(inside.sum())
    return 60 * RATE * tops / total, rising / total


def camera(
    subtle: Sequence[Performed], lively: Performed, still: Performed, alone: Performed
) -> list[Finding]:
    """How fast the framing moves, and when: ``alone`` without a head and a body to follow."""
    fast = np.concatenate([_camera_speed(one) for one in subtle])
    spoken, own = alone.within(alone.talk.phrases), _camera_speed(alone)
    most = 100 * float(fast.max())
    ratio = float(np.mean(own[~spoken]) / np.mean(own[spoken]))
    moved = float(np.abs(still.camera - np.array([0, 0, 1])).max())
    travelled = 100 * float(
        np.ptp(np.concatenate([one.camera[:, :2] for one in subtle]), axis=0).max()
    )
    return [
        Finding("camera", "subtle: fastest, picture heights a second", most, "%"),
        Finding("camera", "subtle: shift, from end to end", travelled, "%"),
        Finding("camera", "alone: speed in pauses over in phrases", ratio, "×"),
        Finding("camera", "lively: fastest", 100 * float(_camera_speed(lively).max()), "%"),
        Finding("camera", "still: moves by", moved),
    ]


def _camera_speed(one: Performed) -> Array:
    """Picture heights a second at which an edge of the picture moves, zoom included."""
    speed = np.abs(np.gradient(one.camera, 1 / RATE, axis=0))
    return np.asarray(np.hypot(speed[:, 0], speed[:, 1]) + 0.5 * speed[:, 2])
