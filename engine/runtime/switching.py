"""A network that computes on one back end until a better one is ready, and changes between two
steps.

Its streams do not notice: their states are the same numbers on every back end, and are carried
over. Nobody waits, neither for the better one nor for its failure.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from engine.errors import VisavisError
from engine.face import Floats
from engine.runtime.base import SteppedModel
from engine.runtime.resident import ResidentStreams
from engine.runtime.streams import Slots, Streams

_log = logging.getLogger(__name__)


class Switching:
    """A model that becomes another; see `engine.runtime.base.SteppedModel`.

    It starts as ``fallback`` and is that again if the other fails. ``batches`` must hold for both.
    """

    def __init__(self, fallback: SteppedModel, batches: tuple[int, int]) -> None:
        self.batches = batches
        self.reason: str | None = None
        """Why it is not, or no longer, another than the fallback; None while there is no reason."""
        self._fallback = fallback
        self._model = fallback
        self._streams: list[SwitchingStreams] = []
        self._settled = threading.Event()
        self._lock = threading.Lock()

    @property
    def backend(self) -> str:
        """What computes the next step."""
        return self._model.backend

    @property
    def precision(self) -> str:
        """Of its arithmetic: float32, unless the back end says otherwise."""
        return str(getattr(self._model, "precision", "float32"))

    def initial_state(self, streams: int) -> Floats:
        """(streams, S) zeros."""
        return self._fallback.initial_state(streams)

    def step(self, inputs: Floats, state: Floats) -> tuple[Floats, Floats]:
        """Outputs and next state, of the fallback if the other fails."""
        model = self._model
        try:
            return model.step(inputs, state)
        except VisavisError as error:
            if model is self._fallback:
                raise
            self.stay(error)
            return self._fallback.step(inputs, state)

    def streams(self, initial: Floats) -> Slots:
        """Streams that start from ``initial`` (1, S); their states move to where it computes."""
        streams = SwitchingStreams(self, initial)
        with self._lock:
            model = self._model
            if model is self._fallback:
                self._streams.append(streams)
                return streams
        streams.offer(_resident(model, initial))
        return streams

    def become(self, model: SteppedModel) -> None:
        """Compute with ``model`` from the next step on, once it is ready for all streams."""
        ready: dict[SwitchingStreams, ResidentStreams | None] = {}
        while True:
            with self._lock:
                waiting = [streams for streams in self._streams if streams not in ready]
                if not waiting:
                    break
            # Takes long, and must not be interleaved with steps of those that are ready.
            for streams in waiting:
                ready[streams] = _resident(model, streams.initial)
        with self._lock:
            self._model = model
            self._streams.clear()
        for streams, resident in ready.items():
            streams.offer(resident)
        self._settled.set()

    def become_later(self, prepare: Callable[[], SteppedModel]) -> None:
        """Become what ``prepare`` gives, which is called in a thread of its own.

        If it raises the model stays what it is, says so in the log, and `reason` says why.
        """

        def work() -> None:
            try:
                self.become(prepare())
            except Exception as error:  # whatever a back end raises
                self.stay(error)

        threading.Thread(target=work, name="back end", daemon=True).start()

    def stay(self, error: Exception) -> None:
        """Compute with the fallback from the next step on, because of ``error``."""
        self.reason = str(error)
        with self._lock:
            self._model = self._fallback
            self._streams.clear()
        _log.warning("networks are computed by %s: %s", self._fallback.backend, error)
        self._settled.set()

    def wait(self, seconds: float) -> bool:
        """Until it is decided what it becomes; False if it is not after so long."""
        return self._settled.wait(seconds)


class SwitchingStreams:
    """Streams of a `Switching`: on the host at first, then wherever the other back end has them.

    See `engine.runtime.streams.Slots`. Slots keep their numbers.
    """

    def __init__(self, model: Switching, initial: Floats) -> None:
        self.initial = initial
        self._model = model
        self._slots: Slots = Streams(model, initial)
        self._open: set[int] = set()
        self._offered: ResidentStreams | None = None

    @property
    def backend(self) -> str:
        """What computes the next step."""
        return self._model.backend

    def offer(self, resident: ResidentStreams | None) -> None:
        """Let the states move there before the next step; None lets them stay on the host."""
        self._offered = resident

    def open(self) -> int:
        """As `Slots`."""
        slot = self._slots.open()
        self._open.add(slot)
        return slot

    def close(self, slot: int) -> None:
        """As `Slots`."""
        self._slots.close(slot)
        self._open.discard(slot)

    def reset(self, slot: int) -> None:
        """As `Slots`."""
        self._slots.reset(slot)

    def state(self, slot: int) -> Floats:
        """As `Slots`."""
        return self._slots.state(slot)

    def step(self, slots: Sequence[int], inputs: Floats) -> Floats:
        """As `Slots`; if a device fails its streams start again on the host, from silence."""
        self._move()
        try:
            return self._slots.step(slots, inputs)
        except VisavisError as error:
            if isinstance(self._slots, Streams):
                raise
            self._model.stay(error)
            self._start_again()
            return self._slots.step(slots, inputs)

    def _move(self) -> None:
        offered, self._offered = self._offered, None
        if offered is None:
            return
        states = {slot: self._slots.state(slot) for slot in list(self._open)}
        try:
            offered.adopt(states)
        except VisavisError as error:
            self._model.stay(error)
            return
        self._slots = offered

    def _start_again(self) -> None:
        """The same slots on the host, in their initial state."""
        self._slots = Streams(self._model, self.initial)
        opened = [self._slots.open() for _ in range(max(self._open, default=-1) + 1)]
        for slot in opened:
            if slot not in self._open:
                self._slots.close(slot)


def _resident(model: SteppedModel, initial: Floats) -> ResidentStreams | None:
    """Those that the model offers, with states on its device."""
    offered = getattr(model, "streams", None)
    return offered(initial) if offered else None
