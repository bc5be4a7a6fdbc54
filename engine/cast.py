"""Characters and places by name, each loaded when it is first asked for and then shared."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from engine.avatar import catalogue
from engine.avatar.rig import Head, load_head
from engine.look import Look
from engine.render.badge import Badge
from engine.render.lights import Light, light_named
from engine.render.sets import StageSet, load_set

AUTO = "auto"
"""The light that suits the set."""


@dataclass(frozen=True, slots=True)
class Dressed:
    """What a `Look` names."""

    look: Look
    head: Head
    stage: StageSet
    light: Light


@dataclass(frozen=True, slots=True)
class Cast:
    """Who and what can be shown.

    avatars  a folder with characters of the operator's own, if any
    sets     a folder with pictures of the operator's own, if any
    badge    what marks every picture as synthetic; None for nothing
    """

    avatars: Path | None = None
    sets: Path | None = None
    badge: Badge | None = field(default_factory=Badge)
    _heads: dict[Path, Head] = field(default_factory=dict)
    _stages: dict[str, StageSet] = field(default_factory=dict)

    def head(self, name: str) -> Head:
        """InvalidInput if there is no such character, AssetError if its file is damaged."""
        path = catalogue.path_of(name, self.avatars)  # a name and its alias are one
        if path not in self._heads:
            self._heads[path] = load_head(path)
        return self._heads[path]

    def stage(self, name: str) -> StageSet:
        """InvalidInput if there is no such set, AssetError if its picture is damaged."""
        if name in self._stages:
            return self._stages[name]
        stage = load_set(name, self.sets)
        if stage.backdrop is not None:  # colours cost nothing to make, and there are millions
            self._stages[name] = stage
        return stage

    def dress(self, look: Look) -> Dressed:
        """All that a look names; InvalidInput for the first name that there is not."""
        stage = self.stage(look.set)
        light = light_named(stage.light if look.light == AUTO else look.light)
        return Dressed(look, self.head(look.avatar), stage, light)
