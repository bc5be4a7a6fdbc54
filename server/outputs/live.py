"""What the sessions of a server are written to: their recordings and their streams."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from engine.errors import InvalidInput, VisavisError
from server.outputs.allowed import Allowed
from server.outputs.disk import NoStorage
from server.outputs.outlet import Outlet
from server.outputs.recording import KEYFRAMES, Recorder
from server.taps import Tapped

FINISH_S = 10.0
"""Seconds that an output may take to write what waits and to complete itself."""

log = logging.getLogger(__name__)


class Output(Protocol):
    """A recording or a stream, while it runs and after."""

    outlet: Outlet

    def report(self) -> dict[str, Any]:
        """What it is and has done, as JSON has it."""


class InUse(VisavisError):
    """The session has such an output already."""


class Recording:
    """A recording of one session; NoStorage if it cannot be."""

    def __init__(self, session: Tapped, allowed: Allowed, stem: str) -> None:
        assert allowed.record is not None
        options = session.options
        self._recorder = Recorder(allowed.record, stem, options.fps, options.video_codec)
        self.outlet = Outlet(session, self._recorder, "recording", KEYFRAMES)

    def report(self) -> dict[str, Any]:
        """``state`` is recording, finishing, finished or failed; see docs/record.md."""
        files = self._recorder.files
        return {
            "state": state(self.outlet, "recording"),
            "file": files[-1] if files else None,
            "files": files,
            "duration_s": round(self._recorder.duration, 3),
            "bytes": self._recorder.size,
            **counts(self.outlet),
        }


class LiveOutputs:
    """Starts and stops them. ``local_time`` is asked for the time of day, to name files by.

    What has ended is remembered as long as its session lives.
    """

    def __init__(self, allowed: Allowed, local_time: Callable[[], time.struct_time]) -> None:
        self.allowed = allowed
        self._local_time = local_time
        self._recordings: WeakKeyDictionary[Tapped, Recording] = WeakKeyDictionary()
        self._outlets: set[Outlet] = set()

    def record(self, session: Tapped) -> Recording:
        """Begin to record; NoStorage if it cannot be, InUse if it is being done."""
        if _runs(self._recordings.get(session)):
            raise InUse("this session is being recorded already")
        stem = f"{time.strftime('%Y%m%d-%H%M%S', self._local_time())}-{session.label}"
        recording = Recording(session, self.allowed, stem)
        self._recordings[session] = recording
        self._start(recording.outlet)
        return recording

    def recording(self, session: Tapped) -> Recording | None:
        """The last recording of a session."""
        return self._recordings.get(session)

    def record_if_all(self, session: Tapped) -> None:
        """Record a session that begins, if all are to be."""
        if self.allowed.record_all:
            try:
                self.record(session)
            except NoStorage as error:
                log.warning("session %s is not recorded: %s", session.label, error)

    async def stop(self, output: Output) -> None:
        """End an output and wait until it is complete."""
        output.outlet.close()
        await asyncio.to_thread(output.outlet.join, FINISH_S)

    async def close(self) -> None:
        """End all, and wait until they are complete."""
        outlets, self._outlets = self._outlets, set()
        for outlet in outlets:
            outlet.close()
        await asyncio.gather(*(asyncio.to_thread(one.join, FINISH_S) for one in outlets))

    def _start(self, outlet: Outlet) -> None:
        self._outlets = {one for one in self._outlets if one.running}
        self._outlets.add(outlet)
        outlet.start()


def state(outlet: Outlet, running: str) -> str:
    """What an outlet does; ``running`` where it is neither done nor about to be."""
    if outlet.error is not None:
        return "failed"
    if not outlet.running:
        return "finished"
    return "finishing" if outlet.closing else running


def counts(outlet: Outlet) -> dict[str, Any]:
    """What every output reports."""
    error: dict[str, Any] | None = None
    if isinstance(outlet.error, InvalidInput):
        told = outlet.error
        error = {"field": told.field, "value": told.value, "remedy": told.remedy}
    elif outlet.error is not None:
        error = {"field": None, "value": None, "remedy": "the server's log says why"}
    dropped = {"pictures": outlet.dropped_pictures, "sound": outlet.dropped_sound}
    return {"dropped": dropped, "error": error}


def _runs(output: Output | None) -> bool:
    return output is not None and output.outlet.running
