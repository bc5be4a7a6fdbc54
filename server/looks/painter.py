"""The process that draws stills for the page: ``python -m server.looks.painter``.

A line of JSON on stdin asks for a picture, the bytes of a WebP file on stdout answer, in order.
It gives way to everything else on the machine and ends when its stdin does.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from engine.avatar.picture import packed
from engine.cast import Cast
from engine.errors import InvalidInput, VisavisError
from engine.look import Look
from engine.render.backend import DrawingBackend, open_backend
from engine.render.poster import friendly
from engine.render.sets import StageSet
from engine.render.sets.pictures import cover

ANSWER = struct.Struct(">?I")
"""Before each answer: whether it is a picture (else JSON that says why not), and its length."""

_NICENESS = 10
_SUPERSAMPLE = 2.0

Bytes = NDArray[np.uint8]


class Painter:
    """Draws stills of any look; keeps the one drawing back end and what it has read."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._backend: DrawingBackend | None = None

    def paint(self, avatar: str | None, width: int, height: int, **look: str) -> bytes:
        """A WebP file: the look, or with no ``avatar`` the place alone.

        InvalidInput for a name that there is not, BackendUnavailable where nothing can draw.
        """
        if avatar is None:
            place = self._cast.stage(look["set"]).opaque()
            return packed(_place(place, width, height)).tobytes()
        dressed = self._cast.dress(Look(avatar, **look))
        if self._backend is None:
            self._backend = open_backend(dressed.head, width, height, supersample=_SUPERSAMPLE)
        self._backend.set_head(dressed.head)
        self._backend.set_stage(dressed.stage.opaque(), dressed.light, dressed.look.framing)
        self._backend.resize(width, height, _SUPERSAMPLE)
        self._backend.pose(friendly())
        self._backend.draw()
        picture = self._backend.read_rgba()[..., :3]
        return packed(np.ascontiguousarray(picture)).tobytes()


def _place(place: StageSet, width: int, height: int) -> Bytes:
    if place.backdrop is not None:
        return cover(place.backdrop, width, height)
    return np.full((height, width, 3), place.colour[:3], np.uint8)


def answer(painter: Painter, line: bytes) -> bytes:
    """The framed answer to one request."""
    request: dict[str, Any] = json.loads(line)
    try:
        body, drawn = painter.paint(**request), True
    except InvalidInput as error:
        body, drawn = _told(field=error.field, value=error.value, remedy=error.remedy), False
    except VisavisError as error:
        body, drawn = _told(message=str(error)), False
    return ANSWER.pack(drawn, len(body)) + body


def _told(**values: str) -> bytes:
    return json.dumps(values).encode()


def serve(painter: Painter, source: BinaryIO, out: BinaryIO) -> None:
    """Answer until the source ends."""
    for line in source:
        out.write(answer(painter, line))
        out.flush()


def main() -> None:
    """Serve on stdin and stdout."""
    parser = argparse.ArgumentParser(prog="python -m server.looks.painter")
    for name in ("--avatars", "--sets"):
        parser.add_argument(name, type=Path)
    os.nice(_NICENESS)
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # stray prints must not break the framing
    serve(Painter(Cast(**vars(parser.parse_args()))), sys.stdin.buffer, out)


if __name__ == "__main__":
    main()
