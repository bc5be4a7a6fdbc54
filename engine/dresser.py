"""Loads what looks name beside the sessions: a voice must not wait while a character is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from engine.look import Look

Outcome = Look | Exception


class Dresser:
    """Makes looks ready one after the other in a thread; of several asked for under one number
    while they wait, the last counts.

    load  reads all that a look names and keeps it; raises what is wrong with it
    """

    def __init__(self, load: Callable[[Look], object]) -> None:
        self._load = load
        self._pool = ThreadPoolExecutor(1, "dresser")
        self._asked: dict[int, Look] = {}
        self._loading: tuple[int, Look, Future[object]] | None = None

    @property
    def busy(self) -> bool:
        """Whether anything is being made ready: ask ``ready`` again soon."""
        return self._loading is not None

    def ask(self, number: int, look: Look) -> None:
        """Make a look ready for the session ``number``."""
        self._asked[number] = look
        self._next()

    def wanted(self, number: int, shown: Look) -> Look:
        """What the session ``number``, which shows ``shown``, has last asked for."""
        if number in self._asked:
            return self._asked[number]
        if self._loading is not None and self._loading[0] == number:
            return self._loading[1]
        return shown

    def forget(self, number: int) -> None:
        """The session ``number`` has ended."""
        self._asked.pop(number, None)

    def ready(self) -> Iterator[tuple[int, Outcome]]:
        """Session and look for each that has become ready, or what was wrong with it."""
        while self._loading is not None and self._loading[2].done():
            number, look, future = self._loading
            self._loading = None
            self._next()
            error = future.exception()
            if error is not None and not isinstance(error, Exception):
                raise error
            yield number, look if error is None else error

    def close(self) -> None:
        """Let the thread end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _next(self) -> None:
        if self._loading is None and self._asked:
            number = next(iter(self._asked))
            look = self._asked.pop(number)
            self._loading = number, look, self._pool.submit(self._load, look)
