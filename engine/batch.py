"""One call of a network for all sessions that ask of it at once, and a fault for nobody but its
cause.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from engine.face import Floats
from engine.runtime.streams import Ask, together
from engine.stopwatch import Stopwatch

SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 32)
"""Upper limits of the classes in which sessions per call are counted; one more is above all."""


class Batch:
    """Answers questions of any networks; notes how many sessions each call was for."""

    def __init__(self, stopwatch: Stopwatch) -> None:
        self._stopwatch = stopwatch
        self._sizes: defaultdict[str, list[int]] = defaultdict(list)

    def answer(self, asks: Sequence[Ask]) -> list[Floats | Exception]:
        """What the networks say to each, or what was wrong with it: one session's fault is not
        told to another.
        """
        places: defaultdict[int, list[int]] = defaultdict(list)
        for place, ask in enumerate(asks):
            places[id(ask.stream.slots)].append(place)
        answers: dict[int, Floats | Exception] = {}
        for group in places.values():
            answers |= zip(group, self._of_one([asks[place] for place in group]), strict=True)
        return [answers[place] for place in range(len(asks))]

    def take_sizes(self) -> dict[str, list[int]]:
        """Sessions of each call since the last time, by network."""
        taken, self._sizes = self._sizes, defaultdict(list)
        return dict(taken)

    def _of_one(self, asks: Sequence[Ask]) -> list[Floats | Exception]:
        """Of one network. A call that fails has made no step, so each is then tried alone."""
        network = asks[0].stream.network
        try:
            with self._stopwatch.stage(network):
                answers = together(asks)
        except Exception as error:  # whatever a back end raises
            if len(asks) == 1:
                return [error]
            return [answer for ask in asks for answer in self._of_one([ask])]
        self._sizes[network].append(len(asks))
        return [*answers]
