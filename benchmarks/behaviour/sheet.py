"""A minute of talk and a minute of listening at 5 pictures a second, to be looked at."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.behaviour.performed import RATE, Performed
from engine.look import Look
from engine.pipeline import Engine
from engine.render.lettering import label
from engine.render.poster import write_png
from engine.render.renderer import Renderer
from engine.render.yuv import Bytes

_SECONDS, _PER_SECOND, _COLUMNS = 60.0, 5, 25
_TILE = (128, 152)
_SUPERSAMPLE = 2.0


def draw(engine: Engine, talking: Performed, listening: Performed, path: Path) -> None:
    """Write PATH-talking.png and PATH-listening.png: five seconds in each row."""
    for name, one in (("talking", talking), ("listening", listening)):
        write_png(pictures(engine, one), path.with_name(f"{path.stem}-{name}.png"))


def pictures(
    engine: Engine, one: Performed, start_s: float = 0.0, seconds: float = _SECONDS
) -> Bytes:
    """(H, W, 3) uint8: pictures with their times, after an underscore while the voice sounds."""
    dressed = engine.cast.dress(Look())
    spoken = one.within(one.talk.phrases)
    width, height = _TILE
    step = RATE // _PER_SECOND
    first = round(start_s * RATE)
    last = min(len(one), first + round(seconds * RATE))
    tiles = []
    with Renderer(dressed.head, width, height, supersample=_SUPERSAMPLE) as renderer:
        renderer.set_stage(dressed.stage, dressed.light, "close")
        for at in range(first, last, step):
            tile = renderer.rgb(one.pose(at)).copy()
            label(tile, f"{'_' if spoken[at] else ''}{at / RATE:.1f}")
            tiles.append(tile)
    blank = np.full_like(tiles[0], 28)
    tiles += [blank] * (-len(tiles) % _COLUMNS)
    rows = [np.concatenate(tiles[k : k + _COLUMNS], 1) for k in range(0, len(tiles), _COLUMNS)]
    return np.concatenate(rows)
