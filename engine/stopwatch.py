"""Where the time goes, by stage; without an injected clock it costs nothing."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

BOUNDS = (0.0005, 0.001, 0.002, 0.004, 0.006, 0.008, 0.012, 0.016, 0.02, 0.03, 0.04, 0.08, 0.16)
"""Upper limits, in seconds, of the classes in which durations are counted; one more is above all.
A hop is 0.02 s long and a picture 0.04, so they lie closest where it matters."""


class Stopwatch:
    """Notes seconds by stage; free of charge without a clock."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)

    def stage(self, name: str) -> AbstractContextManager[None]:
        """A context whose duration is noted under ``name``."""
        return nullcontext() if self._clock is None else self._timed(name, self._clock)

    def take(self) -> dict[str, list[float]]:
        """What has been noted since the last call, in seconds by stage."""
        taken, self.seconds = self.seconds, defaultdict(list)
        return dict(taken)

    @contextmanager
    def _timed(self, name: str, clock: Callable[[], float]) -> Iterator[None]:
        start = clock()
        yield
        self.seconds[name].append(clock() - start)


def counted(values: Iterable[float], bounds: Sequence[float] = BOUNDS) -> list[int]:
    """How many values lie in each class: at most its limit, above the one before."""
    counts = [0] * (len(bounds) + 1)
    for value in values:
        counts[bisect_left(bounds, value)] += 1
    return counts
