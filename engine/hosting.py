"""Sessions of one process take turns: each hop is heard by all before anybody is drawn.

A session that has a hop begins it at once, so that its sound leaves; then all questions that
sessions have are answered together; then pictures are drawn in the order in which they fell due,
and between two of them whoever has a new hop begins it. Company gathers by itself while a picture
is drawn, and no picture that is due waits for what came later.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import numpy as np

from engine.batch import Batch
from engine.face import Floats
from engine.options import SessionOptions
from engine.runtime.streams import Ask
from engine.session import Session
from engine.speech.audio import INPUT_HOP, PCM
from engine.steps import Due, Steps, resume
from engine.stopwatch import Stopwatch
from engine.studio import Clock, PictureState
from engine.units import EventUnit, Unit

_PENDING_HOPS = 100
"""Two seconds of PCM per session, however it is cut; when more waits the oldest is dropped."""

_BEHIND_HOPS = 3
"""With this much PCM (60 ms) waiting, pictures are left out until the face has caught up."""

COMPANY_S = 0.002
"""Longest time for which a question waits for others where a call costs much the same for many."""

_GATHERING = ("tensorrt", "onnxruntime-cuda")
"""Back ends of which that is true. On a processor waiting gains nothing that drawing does not give:
of two sessions it raised the mean batch from 1.4 to 2, took as much processor time, and made
pictures 1.5 ms later."""


@dataclass(slots=True)
class Hosted:
    """A session, what it has last been asked to be, the PCM that waits, and where it left off.

    waiting  PCM of a hop at most, and when it came
    steps    what it is in the middle of; None between two hops
    left_at  the step at which it has left off for others, since ``since``
    """

    number: int
    session: Session
    options: SessionOptions
    waiting: deque[tuple[PCM, float]] = field(default_factory=deque)
    dropped: int = 0
    behind: bool = False
    steps: Steps | None = None
    left_at: Ask | Due | None = None
    since: float = 0.0
    told_picture: PictureState | None = None
    told_skipped: int = 0

    @property
    def backlog(self) -> int:
        """Whole hops that wait."""
        return sum(len(pcm) for pcm, _ in self.waiting) // INPUT_HOP

    @property
    def ready(self) -> bool:
        """Whether it could begin a hop."""
        return self.steps is None and bool(self.waiting)

    def add(self, pcm: PCM, now: float) -> None:
        """Queue PCM, dropping the oldest beyond two seconds; ``dropped`` counts its samples."""
        for start in range(0, len(pcm), INPUT_HOP):
            self.waiting.append((pcm[start : start + INPUT_HOP], now))
        while self.backlog > _PENDING_HOPS:
            self.dropped += len(self.waiting.popleft()[0])

    def hush(self) -> None:
        """What waits is silence now: time goes on, and nothing of it is said."""
        self.waiting = deque((np.zeros_like(pcm), came) for pcm, came in self.waiting)

    def begin(self) -> float:
        """Take the next PCM, leaving pictures out to catch up; gives the time at which it came."""
        pcm, came = self.waiting.popleft()
        self.behind = self.backlog >= (1 if self.behind else _BEHIND_HOPS)
        self.steps = self.session.steps(pcm, self.behind)
        return came

    def take_news(self) -> list[EventUnit]:
        """What has changed with the last hop: what was lost or left out, what pictures are like."""
        news = []
        skipped = self.session.skipped_frames
        hops, self.dropped = divmod(self.dropped, INPUT_HOP)
        if hops or skipped != self.told_skipped:
            self.told_skipped = skipped
            data: dict[str, float | str] = {"skipped_frames": skipped, "dropped_hops": hops}
            news.append(EventUnit(0, "stats", data))
        picture = self.session.picture
        if picture is not None and picture != self.told_picture:
            self.told_picture = picture
            news.append(EventUnit(0, "picture", asdict(picture)))
        return news

    def close(self) -> None:
        """End the session, wherever it has left off."""
        self.steps = self.left_at = None
        self.waiting.clear()
        self.session.close()


class Hosting:
    """The sessions of a process by number.

    ``tell`` is given each unit as soon as it is made, ``fail`` what a session has raised; it must
    ``remove`` it.
    """

    def __init__(
        self,
        stopwatch: Stopwatch,
        clock: Clock,
        tell: Callable[[int, Unit], None],
        fail: Callable[[int, Exception], None],
    ) -> None:
        self._clock, self._tell, self._fail = clock, tell, fail
        self.sessions: dict[int, Hosted] = {}
        self.batch = Batch(stopwatch)
        self._due: deque[Hosted] = deque()
        self._waits: defaultdict[str, list[float]] = defaultdict(list)

    def add(self, number: int, session: Session, options: SessionOptions) -> None:
        """Host a session."""
        self.sessions[number] = Hosted(number, session, options)

    def remove(self, number: int) -> None:
        """Host it no more, if it is hosted, and close it."""
        hosted = self.sessions.pop(number, None)
        if hosted:
            hosted.close()

    def push(self, number: int, pcm: PCM) -> None:
        """PCM of a session that is hosted."""
        self.sessions[number].add(pcm, self._clock())

    @property
    def patience(self) -> float | None:
        """Seconds until there is something to do even if nothing comes; None for never."""
        if self._due or any(hosted.ready for hosted in self.sessions.values()):
            return 0
        return self._gathering(asking) if (asking := self._asking()) else None

    @property
    def waiting_hops(self) -> int:
        """Whole hops that wait, of all."""
        return sum(hosted.backlog for hosted in self.sessions.values())

    def take_waits(self) -> dict[str, list[float]]:
        """Seconds since the last call that "voice" waited until its turn, questions to "networks"
        for company or for pictures that were due, and each "picture" for others.
        """
        taken, self._waits = self._waits, defaultdict(list)
        return dict(taken)

    def work(self) -> None:
        """Begin every hop that has come, answer all questions, draw one picture."""
        for hosted in sorted(self.sessions.values(), key=lambda one: -len(one.waiting)):
            if hosted.ready:
                self._begin(hosted)
        asking = self._asking()
        if asking and not self._due and not self._gathering(asking):
            self._answer(asking)
        self._draw()

    def _begin(self, hosted: Hosted) -> None:
        self._waits["voice"].append(self._clock() - hosted.begin())
        self._go_on(hosted)

    def _asking(self) -> list[Hosted]:
        """Who has a question, the most behind first."""
        asking = [one for one in self.sessions.values() if isinstance(one.left_at, Ask)]
        return sorted(asking, key=lambda one: -len(one.waiting))

    def _gathering(self, asking: list[Hosted]) -> float:
        """Seconds for which these still wait for company: none where there is nobody to come."""
        if len(asking) == len(self.sessions) or not any(map(_gathers, asking)):
            return 0.0
        return max(0.0, min(one.since for one in asking) + COMPANY_S - self._clock())

    def _answer(self, asking: list[Hosted]) -> None:
        """Until nobody of these has a question: a hop has one for each network."""
        while asking:
            now = self._clock()
            self._waits["networks"] += [now - hosted.since for hosted in asking]
            asks = [hosted.left_at for hosted in asking if isinstance(hosted.left_at, Ask)]
            for hosted, answer in zip(asking, self.batch.answer(asks), strict=True):
                self._go_on(hosted, answer)
            asking = [hosted for hosted in asking if isinstance(hosted.left_at, Ask)]

    def _draw(self) -> None:
        """The picture that has been due for the longest time."""
        while self._due:
            hosted = self._due.popleft()
            if hosted.left_at is Due.PICTURE:  # or it has been closed meanwhile
                self._waits["picture"].append(self._clock() - hosted.since)
                self._go_on(hosted)
                return

    def _go_on(self, hosted: Hosted, answer: Floats | Exception | None = None) -> None:
        """Until the session leaves off, or is done with its hop."""
        assert hosted.steps is not None
        hosted.left_at = None
        try:
            if isinstance(answer, Exception):
                hosted.steps.throw(answer)
                return
            step = resume(hosted.steps, answer)
            while step is not None:
                if isinstance(step, Ask | Due):
                    self._leave_off(hosted, step)
                    return
                self._tell(hosted.number, step)
                step = resume(hosted.steps)
            hosted.steps = None
            for event in hosted.take_news():
                self._tell(hosted.number, event)
        except Exception as error:  # one session's fault must not end the others
            self._fail(hosted.number, error)

    def _leave_off(self, hosted: Hosted, step: Ask | Due) -> None:
        hosted.left_at, hosted.since = step, self._clock()
        if isinstance(step, Due):
            self._due.append(hosted)


def _gathers(hosted: Hosted) -> bool:
    ask = hosted.left_at
    return isinstance(ask, Ask) and ask.stream.slots.backend.startswith(_GATHERING)
