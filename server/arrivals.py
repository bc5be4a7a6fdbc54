"""When units have come lately: what the playout plans from."""

from __future__ import annotations

from collections import deque


class Arrivals:
    """By how much units of one kind came after their media time, for ``window`` seconds."""

    def __init__(self, window: float, late_share: float) -> None:
        self._window = window
        self._late_share = late_share
        self._seen: deque[tuple[float, float]] = deque()

    def __len__(self) -> int:
        return len(self._seen)

    @property
    def newest(self) -> float:
        """When the last one came."""
        return self._seen[-1][0] if self._seen else float("-inf")

    def add(self, now: float, offset: float) -> None:
        """One came at ``now``, ``offset`` seconds after its media time."""
        self._seen.append((now, offset))

    def keep_newest(self) -> None:
        """Forget all but the last."""
        while len(self._seen) > 1:
            self._seen.popleft()

    def needed(self, now: float, memory: float) -> float:
        """The offset that all but the late share keep within; -inf if nothing has come."""
        while self._seen and self._seen[0][0] < now - min(memory, self._window):
            self._seen.popleft()
        offsets = sorted(offset for _, offset in self._seen)
        return offsets[-1 - int(len(offsets) * self._late_share)] if offsets else float("-inf")
