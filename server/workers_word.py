"""What a session's worker tells of its own work."""

from __future__ import annotations

from collections.abc import Mapping


class WorkersWord:
    """The last that a worker has said.

    ``skipped_frames`` counts pictures that it left out, ``dropped_hops`` hops of voice that it
    never heard; ``picture`` is how finely it draws, None before it has said so.
    """

    def __init__(self) -> None:
        self.skipped_frames = 0
        self.dropped_hops = 0
        self.picture: Mapping[str, float | str] | None = None

    def stats(self, data: Mapping[str, float | str]) -> int:
        """Take its counts; returns the hops that it has dropped since the last."""
        self.skipped_frames = int(data.get("skipped_frames", self.skipped_frames))
        lost = int(data.get("dropped_hops", 0))
        self.dropped_hops += lost
        return lost

    @property
    def quality_changes(self) -> int:
        """How often its quality dial has turned."""
        return int(self.picture.get("changes", 0)) if self.picture else 0

    @property
    def step(self) -> str | None:
        """The quality step in force."""
        return str(self.picture["step"]) if self.picture else None
