"""The OpenGL context, found through EGL without a display, and the programs that draw a head.

One context per thread serves every renderer of that thread: making one costs a few hundred
milliseconds with its shaders, and contexts side by side in a process gain nothing.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import moderngl

from engine.errors import BackendUnavailable
from engine.render.strands import strand_texture

if TYPE_CHECKING:
    from engine.render.mesh import SharedHead

REMEDY = "install the EGL and Mesa libraries: apt-get install libegl1 libgl1-mesa-dri"

_SHADERS = Path(__file__).parent / "shaders"
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader")
_PROGRAMS = {
    # What draws each material; "style/material" draws it in heads of that style.
    "skin": ("head.glsl skin.vert", "skin.frag"),
    "hair": ("head.glsl hair.vert", "hair.frag"),
    "cloth": ("head.glsl cloth.vert", "cloth.frag"),
    "hard": ("head.glsl plain.vert", "hard.frag"),
    "lens": ("head.glsl plain.vert", "lens.frag"),
    "eye": ("eye.vert", "eye.frag"),
    "toon/skin": ("head.glsl toon_skin.vert", "toon.glsl toon_skin.frag"),
    "toon/hair": ("head.glsl toon_hair.vert", "toon.glsl toon_hair.frag"),
    "toon/cloth": ("head.glsl plain.vert", "toon.glsl toon_cloth.frag"),
    "toon/hard": ("head.glsl plain.vert", "toon.glsl toon_hard.frag"),
    "toon/eye": ("eye.vert", "toon.glsl toon_eye.frag"),
    "toon/skin_outline": ("head.glsl toon_outline.vert", "toon_outline.frag"),
    "toon/cloth_outline": ("head.glsl toon_outline.vert", "toon_outline.frag"),
    "toon/hair_outline": ("head.glsl toon_hair_outline.vert", "toon_outline.frag"),
    "facet/skin": ("head.glsl facet_skin.vert", "facet.glsl facet_skin.frag"),
    "facet/hair": ("head.glsl facet_hair.vert", "facet.glsl facet_hair.frag"),
    "facet/cloth": ("head.glsl plain.vert", "facet.glsl facet_plain.frag"),
    "facet/hard": ("head.glsl plain.vert", "facet.glsl facet_plain.frag"),
    "facet/eye": ("eye.vert", "facet.glsl facet_eye.frag"),
    "foreground": ("foreground.vert", "foreground.frag"),
    "planes": ("whole.vert", "filter.glsl planes.frag"),
    "scaled": ("whole.vert", "filter.glsl scaled.frag"),
}
BINDINGS = {"Scene": 0, "Light": 1}
"""Where the shaders' uniform blocks are bound."""

STRANDS_UNIT = 2
"""Where the shaders look for the strands of hair; others take 0 and 1."""

_here = threading.local()


@dataclass(frozen=True, slots=True)
class Graphics:
    """A live context, its programs as they are asked for, and the heads that are drawn in it.

    software  whether the processor draws
    strands   the texture of hair
    heads     by the identity of their `Head`
    """

    context: moderngl.Context
    software: bool
    strands: moderngl.Texture
    heads: dict[int, SharedHead] = field(default_factory=dict)
    _programs: dict[str, moderngl.Program] = field(default_factory=dict)

    def program(self, name: str, style: str = "natural") -> moderngl.Program:
        """The program of a material or pass in a style, compiled when it is first asked for.

        A style draws what it has no program for as `natural` does; KeyError if that has none.
        """
        styled = f"{style}/{name}"
        chosen = styled if styled in _PROGRAMS else name
        if chosen not in self._programs:
            self._programs[chosen] = _program(self.context, *_PROGRAMS[chosen])
        return self._programs[chosen]


def has_program(name: str) -> bool:
    """Whether anything draws this material or pass, e.g. "skin" or "toon/skin_outline"."""
    return name in _PROGRAMS


def graphics() -> Graphics:
    """This thread's graphics, made at the first call; BackendUnavailable if EGL does not work."""
    found: Graphics | None = getattr(_here, "graphics", None)
    if found is None:
        context = _open()
        name = str(context.info["GL_RENDERER"]).lower()
        found = Graphics(context, any(word in name for word in _SOFTWARE), _strands(context))
        _here.graphics = found
    return found


def _strands(context: moderngl.Context) -> moderngl.Texture:
    texels = strand_texture()
    height, width, channels = texels.shape
    texture = context.texture((width, height), channels, texels)
    texture.build_mipmaps()
    texture.filter = (moderngl.LINEAR_MIPMAP_NEAREST, moderngl.LINEAR)
    return texture


def describe() -> dict[str, str | bool]:
    """What draws here: ``vendor``, ``renderer``, ``version``, ``hardware``.

    BackendUnavailable if nothing does.
    """
    found = graphics()
    info = found.context.info
    return {
        "vendor": str(info["GL_VENDOR"]),
        "renderer": str(info["GL_RENDERER"]),
        "version": str(info["GL_VERSION"]),
        "hardware": not found.software,
    }


def _open() -> moderngl.Context:
    # Mesa's software rasteriser takes up to 32 threads by default. Two draw a picture in three
    # quarters of the time for the same work, more gain little. Who starts several workers on a
    # machine sets this for them.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    os.environ.setdefault("LP_NUM_THREADS", "2" if (cores or 1) > 1 else "0")
    try:
        context = moderngl.create_context(
            standalone=True,
            require=330,
            backend="egl",  # type: ignore[arg-type]  # its stub types the keyword's dictionary
        )
    except Exception as error:  # moderngl and its loader raise bare Exception
        raise BackendUnavailable("renderer (EGL)", str(error) or "no context", REMEDY) from error
    return context


def _program(context: moderngl.Context, vertex: str, fragment: str) -> moderngl.Program:
    program = context.program(vertex_shader=_source(vertex), fragment_shader=_source(fragment))
    for name, binding in BINDINGS.items():
        block = program.get(name, None)
        if isinstance(block, moderngl.UniformBlock):
            block.binding = binding
    if "strands" in program:
        program["strands"] = STRANDS_UNIT
    return program


def _source(names: str) -> str:
    texts = [(_SHADERS / name).read_text() for name in ("scene.glsl", "light.glsl", *names.split())]
    return "\n".join(["#version 330", *texts])
