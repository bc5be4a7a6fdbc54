"""What the graphics driver holds, seen from outside."""

from __future__ import annotations

from typing import Any

import moderngl
import pytest

_MAKERS = (
    *("buffer", "texture", "renderbuffer", "depth_renderbuffer"),
    *("framebuffer", "vertex_array", "program"),
)


class Ledger:
    """Counts what is made through moderngl, from now on, and not yet released.

    Nothing frees an object of the driver that is merely forgotten, so each counts until then.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._made: list[Any] = []
        for name in _MAKERS:
            monkeypatch.setattr(moderngl.Context, name, self._noting(name))

    def _noting(self, name: str) -> Any:
        make = getattr(moderngl.Context, name)

        def noted(*arguments: Any, **options: Any) -> Any:
            made = make(*arguments, **options)
            self._made.append(made)
            return made

        return noted

    def held(self, *kinds: type) -> int:
        """How many objects, of certain kinds or of all but programs, which are kept on purpose."""
        live = [made for made in self._made if not isinstance(made.mglo, moderngl.InvalidObject)]
        if kinds:
            return sum(isinstance(made, kinds) for made in live)
        return sum(not isinstance(made, moderngl.Program) for made in live)
