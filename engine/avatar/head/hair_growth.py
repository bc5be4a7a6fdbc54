"""Strands that grow step by step over the head and hang from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.avatar.head.hair_ground import figure
from engine.avatar.head.hair_scalp import round_normals
from engine.avatar.head.layout import Array, smoothstep

Flow = Callable[[Array, Array], Array]
"""Wanted directions (N, 3) at points (N, 3), given each strand's root (N, 3)."""

Clearance = Callable[[Array, Array, float], Array]
"""Wanted distances (N,) from the head at points, given the roots and the share 0..1 grown."""

_SUBSTEPS = 3


@dataclass(frozen=True, slots=True)
class Comb:
    """How strands are led.

    flow       direction that they are combed in
    clearance  how far they stay off the head and the shoulders
    hold       0..1 per step: how firmly they lie down to that distance; 0 only keeps them off
    stiff      0..1: how much they keep the direction that they have
    """

    flow: Flow
    clearance: Clearance
    hold: Callable[[Array], Array]
    stiff: float = 0.5


def grow_lines(root: Array, length: Array, comb: Comb, steps: int) -> Array:
    """Centre lines (N, steps + 1, 3) of strands from ``root`` (N, 3) of ``length`` (N,) cm."""
    ground = figure()
    place = root - 0.06 * ground.outwards(root)
    heading = 0.35 * ground.outwards(root) + comb.flow(root, root)
    heading /= np.linalg.norm(heading, axis=1, keepdims=True)
    count = steps * _SUBSTEPS
    stride = (length / count)[:, None]
    line = [place]
    for k in range(count):
        away = ground.outwards(place)
        wanted = comb.flow(place, root)
        heading = comb.stiff * heading + (1 - comb.stiff) * wanted
        heading /= np.linalg.norm(heading, axis=1, keepdims=True) + 1e-9
        place = place + heading * stride
        share = (k + 1) / count
        target = comb.clearance(place, root, share)
        over = ground.distance(place) - target
        hold = comb.hold(place) * (over > 0)
        shift = np.where(over < 0, -over, -over * hold)
        shift = np.clip(shift, -0.6 * stride[:, 0], 1.0 * stride[:, 0] + 0.1)
        place = place + away * shift[:, None]
        heading = heading + away * (shift / stride[:, 0])[:, None] * 0.5
        heading /= np.linalg.norm(heading, axis=1, keepdims=True) + 1e-9
        if (k + 1) % _SUBSTEPS == 0:
            line.append(place)
    return np.stack(line, 1)


def directions(line: Array) -> Array:
    """Unit tangents (N, S, 3) of centre lines."""
    along = np.gradient(line, axis=1)
    return np.asarray(along / (np.linalg.norm(along, axis=2, keepdims=True) + 1e-9))


def facing(line: Array) -> Array:
    """Unit directions (N, S, 3) that locks face: off the head, and off the neck's axis where they
    hang, whatever they hang against."""
    flat = line.reshape(-1, 3)
    hanging = smoothstep(5.0, -6.0, flat[:, 1])[:, None]
    # Round the ears, too, which would turn locks that pass over them edge out.
    even = 0.5 + 0.5 * hanging
    up = figure().outwards(flat) * (1 - even) + round_normals(flat) * even
    # Beside the face and before the shoulders, turned to the camera: broad, not edge on.
    up[:, 2] += 0.9 * hanging[:, 0] * smoothstep(-4.0, 2.0, flat[:, 2])
    up /= np.linalg.norm(up, axis=1, keepdims=True) + 1e-9
    return np.asarray(up.reshape(line.shape))


def shortened(line: Array, keep: Array) -> Array:
    """Lines cut to the share ``keep`` (N,) of their length, with as many points as before."""
    count = line.shape[1]
    at = np.linspace(0, 1, count)[None] * keep[:, None] * (count - 1)
    low = np.minimum(at.astype(int), count - 2)
    part = (at - low)[..., None]
    first = np.take_along_axis(line, low[..., None], 1)
    second = np.take_along_axis(line, low[..., None] + 1, 1)
    return np.asarray(first + (second - first) * part)


def smoothed(line: Array, rounds: int) -> Array:
    """Lines with their kinks evened out; ends stay."""
    for _ in range(rounds):
        line = line.copy()
        line[:, 1:-1] += 0.5 * (0.5 * (line[:, :-2] + line[:, 2:]) - line[:, 1:-1])
    return line


def share_until(over: Array) -> Array:
    """The share (N,) of each line's points before ``over`` (N, S) is no longer positive."""
    count = over.shape[1]
    below = over < 0
    first = np.where(below.any(1), below.argmax(1), count)
    last = np.clip(first - 1, 0, count - 2)
    rows = np.arange(len(over))
    before, after = over[rows, last], over[rows, last + 1]
    part = np.clip(before / np.maximum(before - after, 1e-6), 0, 1)
    return np.where(first >= count, 1.0, np.maximum((last + part) / (count - 1), 0.12))


def kept_out(line: Array, gap: float = 0.7) -> Array:
    """Lines with every point at least ``gap`` cm off the figure, but for their roots."""
    ground = figure()
    flat = line[:, 2:].reshape(-1, 3)
    for _ in range(2):
        deep = np.maximum(gap - ground.distance(flat), 0.0)
        flat = flat + ground.outwards(flat) * deep[:, None]
    return np.concatenate([line[:, :2], flat.reshape(line[:, 2:].shape)], 1)


def waved(line: Array, amount: Array, angle: Array) -> Array:
    """Lines that swing sideways and, a quarter turn later, outwards, by ``amount`` (N, S) cm.

    ``angle`` (N, S) radians; near neighbours should share theirs.
    """
    along, up = directions(line), facing(line)
    side = np.cross(along, up)
    aside, out = amount * np.sin(angle), 0.8 * amount * np.cos(angle)
    return np.asarray(line + side * aside[..., None] + up * out[..., None])
