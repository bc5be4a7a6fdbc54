"""Hair that falls from a parting: bob and long."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.avatar.head.hair_ground import on_head
from engine.avatar.head.hair_growth import (
    Comb,
    Flow,
    grow_lines,
    kept_out,
    share_until,
    shortened,
    smoothed,
    waved,
)
from engine.avatar.head.hair_locks import (
    PARTING_REACH,
    Look,
    along_surface,
    cap_across,
    dressed,
    scattered,
    seen_from_centre,
    turned,
    unit,
)
from engine.avatar.head.hair_options import HairOptions
from engine.avatar.head.hair_ribbons import Ribbons, Sheet
from engine.avatar.head.hair_scalp import hairline
from engine.avatar.head.layout import Array, smoothstep

_HUG = 0.6
"""Share by which hair beside the face lies closer to it: one would look in behind it."""

_FINE = 30
"""Steps that a lock grows in before it is cut and thinned out to what is drawn."""


@dataclass(frozen=True, slots=True)
class _Fall:
    """How hair falls.

    cut, ragged  height where it ends, cm, and how much that differs
    swing, period  amplitude and length of its waves, cm
    inwards      how far its ends turn in
    full         how far it stands off the head, cm
    tip          width of locks at their ends, of that at their widest
    frame        degrees from straight ahead where the foremost locks hang
    """

    cut: float
    ragged: float
    swing: float
    period: float
    inwards: float
    full: float
    tip: float
    frame: float


def _turn(points: Array) -> Array:
    """Angle (N,) from straight ahead about the head's upright axis, 0..pi."""
    return np.arctan2(np.abs(points[:, 0]), points[:, 2] + 1.0)


def _falls_at(root: Array, frame: float) -> Array:
    """Where about the head (angle) hair from these roots is to hang: none over the face."""
    u = seen_from_centre(root)
    top = smoothstep(0.45, 0.85, u[:, 1])
    on_top = np.interp(root[:, 2], [-7.5, -3.0, 3.0, 6.5], [2.9, 2.2, 1.5, np.radians(frame)])
    beside = np.maximum(_turn(root) + 0.12, np.radians(frame))
    return np.asarray(on_top * top + beside * (1 - top))


def _beside_face(place: Array, frame: float) -> Array:
    """0..1 how near points are to where hair frames the forehead and the temples."""
    foremost = smoothstep(np.radians(frame) + 0.7, np.radians(frame) - 0.05, _turn(place))
    height = place[:, 1]
    beside = smoothstep(-3.0, 2.5, height) * (0.3 + 0.7 * smoothstep(9.0, 6.0, height))
    return np.asarray(foremost * beside)


def _side_of(root: Array, options: HairOptions) -> Array:
    return np.where(root[:, 0] > PARTING_REACH * options.parting, 1.0, -1.0)


def _combed(options: HairOptions, fall: _Fall, stray: Array) -> Flow:
    """Off the parting, round to where each lock hangs, and down."""

    def flow(place: Array, root: Array) -> Array:
        side = _side_of(root, options)
        u = seen_from_centre(place)
        top = smoothstep(0.45, 0.95, u[:, 1])[:, None]
        over = np.stack([side, 0.1 + 0 * side, -0.25 + 0 * side], -1)
        turn = np.arctan2(place[:, 0] * side, place[:, 2] + 1.0)
        # Beyond the middle of the back, the way back is not round the face.
        turn = np.where(turn < -0.5 * np.pi, turn + 2 * np.pi, turn)
        frame = np.radians(fall.frame)
        before = smoothstep(frame + 0.1, frame - 0.35, turn) * smoothstep(1.0, 5.0, place[:, 1])
        down = np.stack([0 * turn, -1.0 + 0.55 * before, 0 * turn], -1)
        d = over * top + down * (1 - top)
        off = np.clip((_falls_at(root, fall.frame) - turn) * 2.2, -1.2, 1.2)
        off = off * smoothstep(-6.0, 2.0, place[:, 1])
        off = off * smoothstep(1.0, 5.0, np.hypot(place[:, 0], place[:, 2] + 1.0))
        d += np.stack([side * np.cos(turn), 0 * turn, -np.sin(turn)], -1) * off[:, None]
        low = smoothstep(1.0, -6.0, place[:, 1])
        inwards = 0.07 * low + fall.inwards * smoothstep(fall.cut + 4.5, fall.cut, place[:, 1])
        d -= np.stack([side * np.sin(turn), 0 * turn, np.cos(turn)], -1) * inwards[:, None]
        # Before or behind the shoulders, not onto them.
        onto_chest = np.where(_falls_at(root, fall.frame) < 2.0, 0.35, -0.4)
        d[:, 2] += onto_chest * smoothstep(-5.0, -14.0, place[:, 1])
        near = smoothstep(-1.0, 2.5, place[:, 1])[:, None]
        d = unit(d)
        d = along_surface(d, place) * near + d * (1 - near)
        return turned(d, place, stray)

    return flow


def _grown(
    options: HairOptions,
    fall: _Fall,
    root: Array,
    layer: Array,
    steps: int,
    random: np.random.Generator,
    stray: float,
) -> Array:
    """Centre lines (N, steps + 1, 3), cut and waved."""
    count = len(root)
    flow = _combed(options, fall, random.normal(0.0, stray, count))

    def clearance(place: Array, root: Array, share: float) -> Array:
        top = smoothstep(-0.1, 0.9, seen_from_centre(place)[:, 1])
        rise = smoothstep(-0.03, 0.16, np.array(share))
        close = 1.0 - _HUG * _beside_face(place, fall.frame)
        return 0.06 + layer * fall.full * options.fuller * (0.80 + 0.28 * top) * rise * close

    comb = Comb(flow, clearance, hold=lambda p: 0.5 * smoothstep(-2.0, 3.0, p[:, 1]), stiff=0.7)
    line = grow_lines(root, np.full(count, 38.0), comb, _FINE)
    ends = fall.cut + random.normal(0.0, fall.ragged, count)
    line = smoothed(shortened(line, share_until(line[..., 1] - ends[:, None])), 4)
    if fall.swing > 0:
        # By height, so that neighbours swing together wherever their roots are.
        height = line[..., 1]
        vary = random.normal(0.0, 1.0, (2, count, 1))
        angle = 2 * np.pi * (5.0 - height) / fall.period + 0.25 * vary[0]
        angle = angle + (2.0 * _falls_at(root, fall.frame) + _side_of(root, options))[:, None]
        grown = smoothstep(6.0, -6.0, height)
        swing = fall.swing * grown * (1 + 0.15 * vary[1])
        line = smoothed(kept_out(waved(line, swing, angle)), 1)
    pick = np.linspace(0, 1, steps + 1) ** (1.0 if fall.swing > 0.5 else 1.25) * _FINE
    return line[:, np.round(pick).astype(int)]


def _along_parting(options: HairOptions, count: int) -> Array:
    """Roots (N, 3) in two rows beside the parting, from the front to the crown."""
    polar = np.linspace(0.2, 2.35, 200)
    x = 0.34 * options.parting * np.ones_like(polar)
    u = unit(np.stack([x, np.sin(polar), np.cos(polar)], -1))
    points = on_head(u)
    behind = points[hairline(points, options.hairline) > 0.6]
    pick = np.round(np.linspace(0, len(behind) - 1, count)).astype(int)
    rows = np.concatenate([behind[pick], behind[pick]])
    beside = np.repeat([0.22, -0.22], count)
    rows[:, 0] = PARTING_REACH * options.parting + beside
    return np.asarray(rows)


_HERO = Look(3.0, (0.35, 1.0, 0.4), (1.0, 1.0, 0.85), (0.65, 1.0), (0.34, 0.47, 0.07), 0.06, 0.4, 3)
_BODY = Look(2.6, (0.45, 1.0, 0.35), (1.0, 1.0, 0.85), (0.5, 0.95), (0.27, 0.45, 0.08), 0.1, 0.0, 2)
_FRINGE = Look(1.3, (0.4, 1.0, 0.4), (1.0, 1.0, 0.6), (0.6, 1.0), (0.25, 0.55, 0.08), 0.25, 0.35, 3)
_LINING = Look(2.0, (1.0, 1.0, 1.0), (1.0, 1.0, 0.9), (0.1, 0.1), (0.1, 0.2, 0.05), 0.0, 0.0, 2)
_EDGE = Look(
    0.8, (0.1, 1.0, 0.2), (0.4, 0.95, 0.6), (0.7, 0.95), (0.25, 0.55, 0.1), 0.2, 0.0, 2, True
)
_STRAY = Look(0.2, (0.8, 1.0, 0.4), (1.0, 1.0, 0.9), (0.8, 1.0), (0.4, 0.8, 0.1), 0.0, 0.0, 2, True)


def _draped(options: HairOptions, fall: _Fall) -> list[Ribbons | Sheet]:
    """Locks from the parting over all others, those beneath by the height of their roots, fine
    ones along the hairline, a few astray, and what one sees of them from within."""
    random = np.random.default_rng(100 * options.seed + 9)

    def locks(
        root: Array, layer: Array, look: Look, steps: int, stray: float, fall: _Fall = fall
    ) -> Ribbons:
        line = _grown(options, fall, root, layer, steps, random, stray)
        look = replace(look, shape=(look.shape[0], 1.0, fall.tip))
        return dressed(line, look, options, random)

    rows = _along_parting(options, 11 if options.form == "strands" else 6)
    hero = locks(rows, 1.0 + random.uniform(-0.06, 0.10, len(rows)), _HERO, 18, 0.03)
    layered = replace(fall, cut=fall.cut + 0.08 * (5.0 - fall.cut))
    root, _ = scattered(options, 2.4, (0.4, 30.0), 0)
    body = locks(root, 0.30 + 0.62 * _rank(root), _BODY, 10, 0.06, layered)
    root, _ = scattered(options, 1.1, (0.1, 0.8), 1)
    root = root[root[:, 2] > -2.0]
    short = replace(fall, cut=min(fall.cut + 6.0, 0.0))
    edge = locks(root, 0.25 + 0.45 * _rank(root), _EDGE, 6, 0.08, short)
    root, _ = scattered(options, 5.0, (0.5, 30.0), 2)
    loose = replace(short, swing=fall.swing + 0.3)
    stray = locks(root, 1.0 + random.uniform(0.0, 0.2, len(root)), _STRAY, 8, 0.15, loose)
    cap = cap_across(options, 0.55 * fall.full * options.fuller)
    fringe = [_fringe(options, random)] if options.fringe else []
    return [*fringe, hero, stray, body, edge, _lining(options, fall), cap]


def _fringe(options: HairOptions, random: np.random.Generator) -> Ribbons:
    """Hair from above the forehead that falls over it, to above the brows."""
    root, _ = scattered(options, 0.75, (0.2, 3.4), 3)
    root = root[(root[:, 2] > 2.5) & (np.abs(root[:, 0]) < 4.3)]
    stray = random.normal(0.0, 0.08, len(root))

    def flow(place: Array, root: Array) -> Array:
        spread = 0.05 * place[:, 0]
        down = np.stack([spread, -0.9 + 0 * spread, 0.6 + 0 * spread], -1)
        on = smoothstep(6.0, 8.5, place[:, 1])[:, None]
        d = along_surface(down, place) * on + unit(down * [1.0, 1.0, 0.1]) * (1 - on)
        return turned(d, place, stray)

    rank = 0.45 + 0.55 * smoothstep(0.0, 3.0, hairline(root, options.hairline))

    def clearance(place: Array, root: Array, share: float) -> Array:
        rise = smoothstep(-0.05, 0.3, np.array(share))
        return np.asarray(0.1 + 1.1 * rank * options.fuller * rise)

    comb = Comb(flow, clearance, hold=lambda p: 0.4 * smoothstep(5.0, 8.0, p[:, 1]), stiff=0.6)
    line = grow_lines(root, np.full(len(root), 11.0), comb, 18)
    ends = 4.0 - 0.02 * line[..., 0] ** 2 + random.normal(0.0, 0.25, (len(root), 1))
    line = smoothed(shortened(line, share_until(line[..., 1] - ends)), 2)[:, ::3]
    return dressed(line, _FRINGE, options, random)


def _rank(root: Array) -> Array:
    """0..1 from the lowest roots to the crown: hair from above lies over hair from below."""
    return smoothstep(-0.25, 0.9, seen_from_centre(root)[:, 1])


def _lining(options: HairOptions, fall: _Fall) -> Ribbons:
    """The hair as seen from within, beside and behind the neck: one dark curtain, of panels side
    by side, that begins at the temples and, where the head hides it, lower."""
    turn = np.radians(np.linspace(76, 284, 15))
    top = np.interp(np.abs(turn - np.pi), np.radians([50, 60, 84, 92]), [-2.0, 3.0, 3.0, 4.5])
    height = top[:, None] + (fall.cut + 1.0 - top[:, None]) * np.linspace(0, 1, 6)
    reach = 7.0 + 0.4 * fall.full * options.fuller
    around = np.stack([np.sin(turn), 0 * turn, np.cos(turn)], -1)
    wide = 1.0 + 0.03 * smoothstep(0.0, 3.0, height)
    line = around[:, None] * (reach * wide)[..., None] + np.array([0.0, 0.0, -1.0])
    line[..., 1] = height
    random = np.random.default_rng(3)
    panels = dressed(line, _LINING, options, random, inside=True, up=line * [1.0, 0.0, 1.0])
    side_by_side = 2.06 * reach * np.tan(0.5 * (turn[1] - turn[0]))
    return replace(panels, width=np.full_like(panels.width, side_by_side))


def long(options: HairOptions) -> list[Ribbons | Sheet]:
    """Past the shoulders, nearly straight."""
    wave = 0.15 if options.wave is None else options.wave
    cut = -9.0 - 10.0 * options.longer
    return _draped(options, _Fall(cut, 1.2, 2.0 * wave, 17.0, 0.0, 1.5, 0.22, 67))


def waves(options: HairOptions) -> list[Ribbons | Sheet]:
    """Past the shoulders, in waves."""
    wave = 0.7 if options.wave is None else options.wave
    cut = -9.0 - 10.0 * options.longer
    return _draped(options, _Fall(cut, 1.3, 2.0 * wave, 15.0, 0.0, 1.8, 0.12, 67))


def bob(options: HairOptions) -> list[Ribbons | Sheet]:
    """To the jaw, ends turned in."""
    wave = 0.12 if options.wave is None else options.wave
    return _draped(
        options, _Fall(1.5 - 9.5 * options.longer, 0.3, 1.1 * wave, 12.0, 0.45, 1.8, 0.4, 62)
    )
