"""The OpenGL context, found through EGL without a display, and the programs that draw a head.

One context per thread serves every renderer of that thread: making one costs a few hundred
milliseconds with its shaders, and contexts side by side in a process gain nothing.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

import moderngl

from engine.errors import BackendUnavailable

REMEDY = "install the EGL and Mesa libraries: apt-get install libegl1 libgl1-mesa-dri"

_SHADERS = Path(__file__).parent / "shaders"
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader")
_PROGRAMS = {
    "skin": ("head.glsl skin.vert", "skin.frag"),
    "hair": ("head.glsl hair.vert", "hair.frag"),
    "cloth": ("head.glsl plain.vert", "cloth.frag"),
    "hard": ("head.glsl plain.vert", "hard.frag"),
    "eye": ("eye.vert", "eye.frag"),
    "backdrop": ("backdrop.vert", "backdrop.frag"),
}
BINDINGS = {"Scene": 0, "Light": 1}
"""Where the shaders' uniform blocks are bound."""

_here = threading.local()


@dataclass(frozen=True, slots=True)
class Graphics:
    """A live context and its compiled programs, by material name plus ``backdrop``."""

    context: moderngl.Context
    programs: dict[str, moderngl.Program]
    software: bool


def graphics() -> Graphics:
    """This thread's graphics, made at the first call; BackendUnavailable if EGL does not work."""
    found: Graphics | None = getattr(_here, "graphics", None)
    if found is None:
        context = _open()
        programs = {name: _program(context, *stages) for name, stages in _PROGRAMS.items()}
        name = str(context.info["GL_RENDERER"]).lower()
        found = Graphics(context, programs, any(word in name for word in _SOFTWARE))
        _here.graphics = found
    return found


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
    # Mesa's software rasteriser starts a thread per core by default. A worker hosts several
    # sessions and encodes beside them, so drawing in the calling thread wastes least.
    os.environ.setdefault("LP_NUM_THREADS", "0")
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
    return program


def _source(names: str) -> str:
    texts = [(_SHADERS / name).read_text() for name in ("scene.glsl", "light.glsl", *names.split())]
    return "\n".join(["#version 330", *texts])
