"""Contact sheets: all characters side by side, or one from all sides and in all expressions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from engine.avatar.expressions import ASYMMETRIC, EMOTIONS, VISEMES, Expression
from engine.avatar.rig import Head
from engine.face import FaceFrame
from engine.render.lettering import label
from engine.render.lights import light_named
from engine.render.renderer import Renderer
from engine.render.sets import load_set
from engine.render.yuv import Bytes

YAWS = (-0.8, -0.4, 0.0, 0.4, 0.8)
"""Radians, of the turntable."""

_COLUMNS = 5
_CAST_COLUMNS = 4
_EMPTY = 28  # grey of places that are left over


def cast_sheet(heads: Sequence[Head], tile: int = 320) -> Bytes:
    """(H, W, 3) uint8: each head, smiling a little, with its title; ``tile`` pixels each."""
    pose = EMOTIONS["joy"].frame(amount=0.3)
    pose = FaceFrame(0, pose.blendshapes, _turned(0.15), _gaze(0.15), pose.camera)
    tiles = []
    with Renderer(heads[0], tile, tile, supersample=2) as renderer:
        for head in heads:
            renderer.set_head(head)
            tiles.append(_labelled(renderer.rgb(pose), head.title))
    return _grid(tiles, min(_CAST_COLUMNS, len(tiles)))


def expression_sheet(head: Head, tile: int = 240) -> Bytes:
    """(H, W, 3) uint8: the head turned to five sides, then its visemes, emotions, and poses that
    are not alike on both sides, each with its name; ``tile`` pixels each."""
    rows = []
    with Renderer(head, tile, tile, supersample=2) as renderer:
        turned = [_labelled(renderer.rgb(_side(yaw)), f"{np.degrees(yaw):.0f}") for yaw in YAWS]
        rows.append(_grid(turned, _COLUMNS))
        renderer.set_stage(load_set("gradient"), light_named("soft"), "close")
        for poses in (VISEMES, EMOTIONS | ASYMMETRIC):
            rows.append(_grid(list(_posed(renderer, poses.items())), _COLUMNS))
    return np.concatenate(rows)


def _posed(renderer: Renderer, poses: Iterable[tuple[str, Expression]]) -> Iterable[Bytes]:
    for name, pose in poses:
        yield _labelled(renderer.rgb(pose.frame()), name)


def _side(yaw: float) -> FaceFrame:
    neutral = FaceFrame.neutral()
    return FaceFrame(0, neutral.blendshapes, _turned(yaw), _gaze(yaw), neutral.camera)


def _turned(yaw: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array([0, yaw, 0, 0, 0, 0], np.float32)


def _gaze(yaw: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Eyes that stay near the camera while the head turns."""
    return np.array([-0.6 * yaw, 0], np.float32)


def _labelled(picture: Bytes, text: str) -> Bytes:
    picture = picture.copy()
    label(picture, text)
    return picture


def _grid(tiles: list[Bytes], columns: int) -> Bytes:
    """Tiles of one size in rows from the left; what is left of the last row is grey."""
    blank = np.full_like(tiles[0], _EMPTY)
    tiles = [*tiles, *([blank] * (-len(tiles) % columns))]
    rows = [np.concatenate(tiles[i : i + columns], 1) for i in range(0, len(tiles), columns)]
    return np.concatenate(rows)
