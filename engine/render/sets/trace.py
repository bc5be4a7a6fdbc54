"""Pictures of rooms by path tracing (Kajiya, The Rendering Equation, 1986), through OpenGL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import moderngl
import numpy as np
from numpy.typing import NDArray

from engine.render.gl import graphics
from engine.render.sets.room import Room

_SHADER = Path(__file__).parent / "trace.frag"
_CORNERS = """
in vec2 in_corner;
void main() { gl_Position = vec4(in_corner, 0.0, 1.0); }
"""


@dataclass(frozen=True, slots=True)
class View:
    """A camera at eye level in front of the origin, looking back along z.

    distance   from the origin, cm; there it is in focus
    height     of the picture in the plane that is in focus, cm
    above      of the picture's middle over the origin, cm
    aside      of the picture's middle to the right of it, cm
    aperture   radius of the lens, cm: how shallow the depth of field is
    focus      distance from the lens that is in focus, cm
    """

    distance: float = 96.0
    height: float = 40.0
    above: float = -3.0
    aside: float = 0.0
    aperture: float = 1.6
    focus: float = 96.0


def render(room: Room, view: View, size: tuple[int, int], passes: int) -> NDArray[np.float32]:
    """(height, width, 4): linear RGB and coverage, the mean of ``passes`` paths per pixel."""
    context = graphics().context
    program = context.program(
        vertex_shader="#version 330\n" + _CORNERS,
        fragment_shader="#version 330\n" + _SHADER.read_text(),
    )
    textures = _bind(context, program, room)
    width, height = size
    half = view.height / 2 / view.distance
    program["pixels"] = size
    program["film"] = (
        half * width / height,
        half,
        view.aside / view.distance,
        view.above / view.distance,
    )
    program["lens"] = (view.aperture, view.focus)
    program["eye_position"] = (0.0, 0.0, view.distance)
    corners = context.buffer(np.array([-1, -1, 3, -1, -1, 3], np.float32))
    array = context.vertex_array(program, [(corners, "2f", "in_corner")])
    film = context.texture(size, 4, dtype="f4")
    frame = context.framebuffer([film])
    frame.use()
    frame.clear()
    context.disable(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
    context.enable(moderngl.BLEND)
    context.blend_func = moderngl.ONE, moderngl.ONE
    for number in range(passes):
        program["pass_number"] = number
        array.render()
    context.disable(moderngl.BLEND)
    pixels = np.frombuffer(frame.read(components=4, dtype="f4"), np.float32)
    for texture in (*textures, film):
        texture.release()
    frame.release()
    array.release()
    corners.release()
    program.release()
    return np.asarray(pixels.reshape(height, width, 4)[::-1] / passes, np.float32)


def _bind(
    context: moderngl.Context, program: moderngl.Program, room: Room
) -> list[moderngl.Texture]:
    textures = []
    tables = room.tables()
    for unit, (name, rows) in enumerate(tables.items()):
        texture = context.texture((rows.shape[1], rows.shape[0]), 4, rows.tobytes(), dtype="f4")
        texture.use(unit)
        program[name] = unit
        textures.append(texture)
    program["group_count"] = len(tables["groups"])
    program["lamp_count"] = len(tables["lamps"])
    return textures
