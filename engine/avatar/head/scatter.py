"""Well-spaced points on half of the face's chart, denser where there is more to see."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray
from skimage.measure import points_in_poly

from engine.avatar.head.layout import Array, smoothstep

CHART_LIMIT = 2.75
"""How far round the chart goes, radians from straight ahead; the rest is under the hair."""

_GRID = 0.009
_CELL = 0.05


def inside(points: Array, loop: Array) -> NDArray[np.bool_]:
    """Which of the points (N, 2) lie within a closed polygon."""
    return np.asarray(points_in_poly(points, loop), np.bool_)  # type: ignore[no-untyped-call]


def spacing(uv: Array) -> Array:
    """Wanted distance between neighbours at chart points (N, 2), radians."""
    x, y = np.abs(uv[:, 0]), uv[:, 1] + 0.22
    gap = 0.048 + 0.055 * smoothstep(0.6, 1.2, np.hypot(x, y))
    gap = gap + 0.09 * smoothstep(0.75, 1.1, y)
    jaw = smoothstep(0.15, 0.35, x) * smoothstep(-0.45, -0.65, y) * smoothstep(-1.9, -1.6, y)
    gap = np.minimum(gap, 0.16 - 0.085 * jaw)
    nose = smoothstep(0.36, 0.22, np.hypot(x * 1.15, y + 0.22))
    tip = smoothstep(0.16, 0.10, np.hypot(x, y + 0.30))
    gap = gap * (1 - nose) + (0.019 - 0.004 * tip) * nose
    brow = (np.abs(x - 0.32) < 0.30) & (y > 0.25) & (y < 0.55)
    gap = np.where(brow, np.minimum(gap, 0.038), gap)
    front = (x < 0.6) & (y < 0.2) & (y > -0.95)
    return np.where(front, np.minimum(gap, 0.042), gap)


class _Darts:
    """Accepted points in a hash grid, with their spacing."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], list[tuple[float, float, float]]] = defaultdict(list)

    def place(self, x: float, y: float, gap: float) -> None:
        self.cells[int(x // _CELL), int(y // _CELL)].append((x, y, gap))

    def free(self, x: float, y: float, gap: float) -> bool:
        i, j, reach = int(x // _CELL), int(y // _CELL), int(gap // _CELL) + 1
        for a in range(i - reach, i + reach + 1):
            for b in range(j - reach, j + reach + 1):
                for px, py, other in self.cells.get((a, b), ()):
                    if (px - x) ** 2 + (py - y) ** 2 < (0.5 * (gap + other)) ** 2:
                        return False
        return True


def scatter(edges: list[Array]) -> Array:
    """Points (N, 2) with x >= 0 outside the loops ``edges``; some lie on the line x = 0."""
    darts = _Darts()
    for loop in edges:
        steps = np.linalg.norm(np.diff(loop, axis=0), axis=1)
        for (x, y), gap in zip(loop, np.r_[steps, steps[-1]], strict=True):
            darts.place(x, y, min(gap, 0.05))
    chosen = [point for point in _middle_line(edges) if darts.free(*point, _gap(point) * 0.6)]
    for point in chosen:
        darts.place(*point, _gap(point))
    candidates = _candidates(edges)
    gaps = spacing(candidates)
    for k in np.argsort(gaps, kind="stable"):
        x, y = candidates[k]
        if x > 0.5 * gaps[k] and darts.free(x, y, gaps[k]):
            darts.place(x, y, gaps[k])
            chosen.append((x, y))
    return np.array(chosen)


def _gap(point: tuple[float, float]) -> float:
    return float(spacing(np.array([point]))[0])


def _middle_line(edges: list[Array]) -> list[tuple[float, float]]:
    """Points down the middle of the face, the mouth and the neck left out."""
    points: list[tuple[float, float]] = []
    y = CHART_LIMIT
    while y > -CHART_LIMIT:
        if not any(inside(np.array([[1e-6, y]]), loop)[0] for loop in edges):
            points.append((0.0, y))
        y -= _gap((0.0, y))
    return points


def _candidates(edges: list[Array]) -> Array:
    """A jittered grid over the chart's right half, outside the loops, in random order."""
    random = np.random.default_rng(1)
    across = np.arange(_GRID, CHART_LIMIT, _GRID)
    up = np.arange(-CHART_LIMIT, CHART_LIMIT, _GRID)
    grid = np.stack(np.meshgrid(across, up), -1).reshape(-1, 2)
    grid = grid + random.uniform(-0.3 * _GRID, 0.3 * _GRID, grid.shape)
    grid = grid[np.hypot(*grid.T) < CHART_LIMIT]
    for loop in edges:
        grid = grid[~inside(grid, loop)]
    random.shuffle(grid)
    return np.asarray(grid)
