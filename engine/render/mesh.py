"""Heads in the graphics driver: what all who draw a head share, and what each has of its own."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from engine.avatar.morph import PartMorph, ShapeWeights
from engine.avatar.rig import Head, Part
from engine.errors import AssetError
from engine.face import Floats
from engine.render.gl import STRANDS_UNIT, Graphics, has_program
from engine.render.scene import FURTHEST_TURN
from engine.render.torso import rises

_BEHIND = "hair behind"
_DRAW_ORDER = ("hair", "cloth", "skin", "eye", "hard", _BEHIND, "lens")
"""What hides most of the others first: hidden pixels are not shaded. Skin before hair took 6 % to
10 % longer with short hair, and all hair before skin 12 % longer with long hair, most of which
hangs behind neck and shoulders. Lenses come last, for they show what is behind them."""

_CLEAR = "lens"

_SKIN_MAP_UNIT = 0
_THIN = ("brow", "lash")
_THIN_IN_TOON = "hair"  # drawn locks have no strands that would hide the gaps behind them
_EYE_BACK = -0.1  # of the radius: what lies behind stays in the socket wherever the eye looks


class SharedHead:
    """What every renderer of a head in a thread shares: all but the vertices that move.

    Get one by `share` and give it back by `release`; the last one to do so frees it.
    """

    def __init__(self, graphics: Graphics, head: Head) -> None:
        self.head = head
        self.weights = ShapeWeights(head)
        self.parts = [SharedPart(graphics, part, head) for part in _in_order(head)]
        self._graphics = graphics
        self._skin_map = _skin_map(graphics.context, head)
        self._users = 0

    def bind(self) -> None:
        """Make the head's textures those that are drawn with."""
        self._skin_map.use(_SKIN_MAP_UNIT)
        self._graphics.strands.use(STRANDS_UNIT)

    def release(self) -> None:
        """Give back what `share` gave."""
        self._users -= 1
        if self._users == 0:
            del self._graphics.heads[id(self.head)]
            self._skin_map.release()
            for part in self.parts:
                part.release()

    @staticmethod
    def share(graphics: Graphics, head: Head) -> SharedHead:
        """The head's buffers, made if nobody in this thread draws it yet.

        AssetError for a material that nothing here draws.
        """
        shared = graphics.heads.get(id(head))
        if shared is None:
            shared = graphics.heads[id(head)] = SharedHead(graphics, head)
        shared._users += 1
        return shared


class SharedPart:
    """A part's faces and what its vertices never change."""

    def __init__(self, graphics: Graphics, part: Part, head: Head) -> None:
        self.context = context = graphics.context
        self.morph = PartMorph(part)
        style = head.style
        self.thin = part.name in _THIN or (style == "toon" and part.material == _THIN_IN_TOON)
        self.clear = part.material == _CLEAR
        self.instances = 2 if part.material == "eye" else 1
        self.program = graphics.program(part.material, style)
        self.faces = _indices(
            context, self.morph.faces if self.thin else self.morph.faces[_seen(part)]
        )
        self.outline: moderngl.Program | None = None
        self.shell: moderngl.Buffer | None = None
        outline = f"{part.material}_outline"
        if has_program(f"{style}/{outline}"):
            self.outline = graphics.program(outline, style)
            self.shell = _indices(context, self.morph.faces[_edge_on(part)])
        order = self.morph.order
        shown = [
            ("in_colour", "4f", part.colour),
            ("in_light", "3f", part.light),
            ("in_shadow", "3f", part.shadow),
            ("in_bind", "3f", part.bind),
        ]
        if part.light[:, 1].min() < 1:  # else it follows the head alone: what is not given is 0
            shown.append(("in_rise", "2f", rises(head, part.position)))
        self._still = [
            (context.buffer(np.ascontiguousarray(values[order], np.float32)), form, name)
            for name, form, values in shown
            if name in self.program or (self.outline and name in self.outline)
        ]
        self.resting = None if self.morph.moves else context.buffer(self.morph.vertices)

    def array(
        self, program: moderngl.Program, vertices: moderngl.Buffer, faces: moderngl.Buffer
    ) -> moderngl.VertexArray:
        """The part's attributes for a program, the moving ones from ``vertices``."""
        content: list[tuple[Any, ...]] = [
            (vertices, "3f 3f", "in_position", "in_normal")
            if "in_normal" in program
            else (vertices, "3f 12x", "in_position")
        ]
        content += [entry for entry in self._still if entry[2] in program]
        return self.context.vertex_array(program, content, faces, index_element_size=2)

    def release(self) -> None:
        """Free everything."""
        buffers = [self.faces, self.shell, self.resting, *(entry[0] for entry in self._still)]
        for buffer in buffers:
            if buffer is not None:
                buffer.release()


class DrawnPart:
    """A part as one renderer poses it."""

    def __init__(self, shared: SharedPart) -> None:
        self._shared = shared
        self._vertices = shared.resting or shared.context.buffer(
            shared.morph.vertices, dynamic=True
        )
        self._array = shared.array(shared.program, self._vertices, shared.faces)
        self._shell = None
        if shared.outline and shared.shell:
            self._shell = shared.array(shared.outline, self._vertices, shared.shell)

    def pose(self, weights: Floats) -> None:
        """Move the vertices to given weights and send them to the driver."""
        if self._vertices is not self._shared.resting:
            self._shared.morph.apply(weights)
            self._vertices.write(self._shared.morph.vertices)

    def draw(self) -> None:
        """Draw into the current frame; thin parts show both sides."""
        context = self._shared.context
        if self._shared.thin:
            context.disable(moderngl.CULL_FACE)
        else:
            context.enable(moderngl.CULL_FACE)
        if self._shared.clear:
            context.enable(moderngl.BLEND)
            context.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        self._array.render(instances=self._shared.instances)
        if self._shared.clear:
            context.disable(moderngl.BLEND)
        if self._shell:
            # The far side of a hull a little larger: what of it shows is the outline.
            context.enable(moderngl.CULL_FACE)
            context.cull_face = "front"
            self._shell.render()
            context.cull_face = "back"

    def release(self) -> None:
        """Free what is not shared."""
        for array in (self._array, self._shell):
            if array is not None:
                array.release()
        if self._vertices is not self._shared.resting:
            self._vertices.release()


def _indices(context: moderngl.Context, faces: NDArray[np.int32]) -> moderngl.Buffer:
    """Faces in the order of their vertices, as a cache of vertices and tiles of pixels like them.

    In random order a picture took 23 % longer; from front to back, which would shade fewer hidden
    pixels, still 10 %. Orders made for vertex caches (Sander, Tipsify, 2007) gained nothing more.
    """
    ordered = faces[np.argsort(faces.min(axis=1), kind="stable")]
    return context.buffer(np.ascontiguousarray(ordered, np.uint16))


def _skin_map(context: moderngl.Context, head: Head) -> moderngl.Texture:
    """The head's skin map, or one white texel where its vertices' colours are all there is."""
    albedo = head.skin_map if head.skin_map is not None else np.full((1, 1, 3), 255, np.uint8)
    height, width, _ = albedo.shape
    texture = context.texture((width, height), 3, np.ascontiguousarray(albedo), alignment=1)
    texture.build_mipmaps()  # small pictures would glitter, and fetch more
    texture.filter = (moderngl.LINEAR_MIPMAP_NEAREST, moderngl.LINEAR)
    texture.repeat_x = texture.repeat_y = False
    return texture


def _in_order(head: Head) -> list[Part]:
    """The parts, what hides most first; AssetError for a material that nothing here draws."""
    layers: list[tuple[int, Part]] = []
    for part in head.parts:
        if part.material not in _DRAW_ORDER or part.material == _BEHIND:
            known = ", ".join(name for name in _DRAW_ORDER if name != _BEHIND)
            raise AssetError("material", part.material, f"use one of {known}")
        layer = _DRAW_ORDER.index(part.material)
        if part.material == "hair" and not part.shapes:
            depth = part.position[part.faces, 2].mean(axis=1)
            behind = depth < head.neck_pivot[2]
            layers.append((_DRAW_ORDER.index(_BEHIND), replace(part, faces=part.faces[behind])))
            part = replace(part, faces=part.faces[~behind])
        layers.append((layer, part))
    layers.sort(key=lambda entry: entry[0])
    return [part for _, part in layers if len(part.faces)]


def _seen(part: Part) -> NDArray[np.bool_]:
    """(F,) which triangles can face the camera at all, however the head may turn.

    Half of what is left is culled in the driver, but only after its vertices were worked out.
    """
    if part.material == "eye":
        depth = part.position[:, 2] / part.position[:, 2].max()
        front: NDArray[np.bool_] = depth[part.faces].max(axis=1) > _EYE_BACK
        return front
    seen: NDArray[np.bool_] = _forward(part) >= -math.sin(FURTHEST_TURN)
    return seen


def _edge_on(part: Part) -> NDArray[np.bool_]:
    """(F,) which triangles can be part of the outline, however the head may turn.

    Not those that always face the camera or always turn their back on it, nor the mouth's inside.
    """
    inside = (part.light[:, 2] > 0.5)[part.faces].any(axis=1) & (part.material == "skin")
    edge: NDArray[np.bool_] = (np.abs(_forward(part)) <= math.sin(FURTHEST_TURN)) & ~inside
    return edge


def _forward(part: Part) -> Floats:
    """(F,) z of the triangles' unit normals."""
    first, second, third = part.position[part.faces].transpose(1, 0, 2)
    across = np.cross(second - first, third - first)
    return np.asarray(across[:, 2] / np.maximum(np.linalg.norm(across, axis=1), 1e-12), np.float32)
