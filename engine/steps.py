"""What a session comes to on its way through its voice: units, and where it leaves off for others.

A host may leave a session off at each of these places and let others go on meanwhile: that is how
questions of several sessions are answered together, and sound need not wait for a picture.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from enum import Enum, auto

from engine.face import Floats
from engine.runtime.streams import Ask
from engine.stopwatch import Stopwatch
from engine.units import Unit


class Due(Enum):
    """What comes next takes long: others that are ready may go first."""

    PICTURE = auto()


Step = Unit | Ask | Due
Steps = Generator[Step, Floats, None]
"""Take the next after anything but an `Ask`; after that, send what the network says."""


def resume(steps: Steps, answer: Floats | None = None) -> Step | None:
    """The next step, or None after the last; ``answer`` is what an `Ask` before it was about."""
    try:
        return next(steps) if answer is None else steps.send(answer)
    except StopIteration:
        return None


def units_of(steps: Steps, stopwatch: Stopwatch) -> Iterator[Unit]:
    """The units of a session that is hosted alone: its questions are answered at once."""
    step = resume(steps)
    while step is not None:
        answer = None
        if isinstance(step, Ask):
            with stopwatch.stage(step.stream.network):
                answer = step.alone()
        elif not isinstance(step, Due):
            yield step
        step = resume(steps, answer)
