"""Tightly curled hair that stands off the head."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.avatar.head.hair_ground import figure
from engine.avatar.head.hair_locks import Look, cap_from, dressed, scattered, seen_from_centre, unit
from engine.avatar.head.hair_options import HairOptions
from engine.avatar.head.hair_ribbons import Ribbons, Sheet
from engine.avatar.head.hair_scalp import hairline
from engine.avatar.head.layout import Array, smoothstep


def _lift(root: Array, options: HairOptions) -> Array:
    """How far the ball of curls stands off the scalp."""
    u = seen_from_centre(root)
    depth = smoothstep(-0.3, 4.0, hairline(root, options.hairline))
    top = smoothstep(-0.2, 0.8, u[:, 1])
    return (1.0 + depth * (2.5 + 1.7 * top)) * options.fuller * options.longer


@dataclass(frozen=True, slots=True)
class _Curl:
    """Curls of one group: cm apart, depth behind the hairline, where between scalp and outline
    they begin and end, their radius in cm and how many turns they make."""

    gap: float
    inside: tuple[float, float]
    low: float
    high: float
    radius: float
    turns: float
    steps: int


def _coils(options: HairOptions, curl: _Curl, look: Look, number: int) -> Ribbons:
    """Ribbons that wind about an axis off the head, and face the viewer as far as they can."""
    root, random = scattered(options, curl.gap, curl.inside, number)
    count, steps = len(root), curl.steps
    lift = _lift(root, options) * random.uniform(0.88, 1.12, count)
    out = unit(figure().outwards(root) + seen_from_centre(root))
    axis = unit(out + random.normal(0, 0.35, (count, 3)) + [0.0, -0.25, 0.0])
    t = np.linspace(0, 1, steps + 1)[None]
    reach = (curl.low + (curl.high - curl.low) * t) * lift[:, None]
    first = unit(np.cross(axis, random.normal(size=(count, 3))))
    second = np.cross(axis, first)
    hand = np.where(random.random(count) < 0.5, 1.0, -1.0)[:, None]
    start = random.uniform(0, 2 * np.pi, (count, 1))
    angle = start + hand * 2 * np.pi * curl.turns * t * random.uniform(0.7, 1.2, (count, 1))
    wide = curl.radius * random.uniform(0.7, 1.3, (count, 1)) * (0.5 + 0.9 * t - 0.5 * t**2)
    around = first[:, None] * np.cos(angle)[..., None] + second[:, None] * np.sin(angle)[..., None]
    line = root[:, None] + out[:, None] * reach[..., None] + around * wide[..., None]
    facing = unit(out + np.array([0.0, 0.1, 0.55]))[:, None]
    up = np.broadcast_to(facing, line.shape) + 0.35 * around
    return dressed(line, look, options, random, up=up, scale=options.longer**0.5)


_OUTER = Look(0.95, (0.6, 1.0, 0.35), (1.0, 1.0, 0.7), (0.45, 1.0), (0.15, 0.60, 0.14), 0.3, 0.0, 2)
_INNER = Look(1.2, (0.7, 1.0, 0.7), (1.0, 1.0, 0.8), (0.35, 0.65), (0.1, 0.35, 0.10), 0.25, 0.4, 2)
_EDGE = Look(0.55, (0.7, 1.0, 0.4), (0.9, 0.9, 0.6), (0.5, 0.9), (0.1, 0.45, 0.10), 0.25, 0.3, 2)


def curly(options: HairOptions) -> list[Ribbons | Sheet]:
    """Coils, springs and a soft round outline."""
    outer = _coils(options, _Curl(0.98, (0.3, 30.0), 0.70, 1.0, 0.75, 0.95, 7), _OUTER, 0)
    inner = _coils(options, _Curl(1.30, (0.2, 30.0), 0.62, 0.82, 0.95, 0.9, 6), _INNER, 1)
    edge = _coils(options, _Curl(0.80, (-0.1, 0.9), 0.05, 0.75, 0.5, 1.0, 6), _EDGE, 2)
    return [outer, edge, inner, _ball(options)]


def _ball(options: HairOptions) -> Sheet:
    """The dark inside of the curls: the cap, blown up and rough."""
    cap = cap_from(options, (0.0, 0.9, -0.45))
    flat = cap.line.reshape(-1, 3)
    random = np.random.default_rng(100 * options.seed + 8)
    depth = hairline(flat, options.hairline)
    rise = 0.66 * _lift(flat, options) * smoothstep(-0.1, 1.6, depth)
    rise = rise * random.uniform(0.86, 1.06, len(flat))
    line = (flat + seen_from_centre(flat) * rise[:, None]).reshape(cap.line.shape)
    return replace(cap, line=line, shade=0.7 * cap.shade, woolly=9.0)
