"""From recorded shapes to the motion model's channels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.face import ARKIT, Floats
from engine.motion.channels import WEIGHTS
from models.capture.recording import Finding, Recording

REQUIRED: tuple[str, ...] = ("jawOpen", "mouthClose", "mouthFunnel", "mouthPucker")
"""Without these nothing can be learnt of speech; any other column may be absent."""

_STILL = 0.02
"""A curve that moves less than this between its 1st and 99th percentile was not tracked."""

_SIDES_AGREE = 0.5
"""Correlation of left and right below which one of them is probably not a measurement."""


def columns_of(header: Sequence[str]) -> dict[str, int]:
    """Where in ``header`` each ARKit shape is that feeds a channel, by ARKit's name."""
    wanted = {shape.lower(): shape for channel in WEIGHTS for shape in shapes_of(channel)}
    return {
        wanted[name.strip().lower()]: column
        for column, name in enumerate(header)
        if name.strip().lower() in wanted
    }


def shapes_of(channel: str) -> tuple[str, ...]:
    """ARKit's shapes for a channel: itself, or its left and its right side."""
    return (channel,) if channel in ARKIT else (f"{channel}Left", f"{channel}Right")


def to_channels(recording: Recording) -> tuple[Floats, list[Finding]]:
    """(R, len(WEIGHTS)): sides averaged, NaN throughout for what was not captured."""
    values = np.full((len(recording.times), len(WEIGHTS)), np.nan, np.float32)
    absent, still, unlike = [], [], []
    for column, channel in enumerate(WEIGHTS):
        names = [name for name in (channel, *shapes_of(channel)) if name in recording.names]
        sides = [recording.values[:, recording.names.index(name)] for name in dict.fromkeys(names)]
        if not sides:
            absent.append(channel)
            continue
        curve = _mean(sides)
        if not _moves(curve):
            still.append(channel)
            continue
        if len(sides) == 2 and _unlike(*sides):
            unlike.append(channel)
        values[:, column] = curve
    findings = []
    for names, found, done in (
        (absent, "not recorded", "not learnt"),
        (still, "never move", "not learnt"),
        (unlike, "left and right disagree", "mean of both; check the tracking"),
    ):
        if names:
            findings.append(Finding("channels", f"{found}: {', '.join(names)}", done, "look"))
    return values, findings


def _mean(sides: Sequence[Floats]) -> Floats:
    """(R,) mean of the sides that have a value; NaN where none has."""
    stacked = np.stack(sides)
    known = np.isfinite(stacked)
    total = np.where(known, stacked, 0).sum(axis=0)
    count = known.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _moves(curve: Floats) -> bool:
    known = curve[np.isfinite(curve)]
    return len(known) > 0 and float(np.ptp(np.percentile(known, [1, 99]))) >= _STILL


def _unlike(left: Floats, right: Floats) -> bool:
    both = np.isfinite(left) & np.isfinite(right)
    if both.sum() < 2:
        return True
    if not (_moves(left) and _moves(right)):
        return True
    return float(np.corrcoef(left[both], right[both])[0, 1]) < _SIDES_AGREE
