"""Where the time goes, by stage, for benchmarks; without an injected clock it costs nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext


class Stopwatch:
    """Adds up seconds by stage; free of charge without a clock."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)

    def stage(self, name: str) -> AbstractContextManager[None]:
        """A context whose duration is noted under ``name``."""
        return nullcontext() if self._clock is None else self._timed(name, self._clock)

    @contextmanager
    def _timed(self, name: str, clock: Callable[[], float]) -> Iterator[None]:
        start = clock()
        yield
        self.seconds[name].append(clock() - start)
