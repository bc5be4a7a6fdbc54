"""What the sessions of a server are written to: their recordings and their streams."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from engine.errors import InvalidInput, UnsupportedMedia, VisavisError
from server.outputs.allowed import Allowed, without_key
from server.outputs.disk import NoStorage
from server.outputs.hls import KEYFRAMES as HLS_KEYFRAMES
from server.outputs.hls import PLAYLIST, HlsSink
from server.outputs.outlet import Outlet
from server.outputs.provenance import Provenance
from server.outputs.recording import KEYFRAMES, Recorder
from server.outputs.rtmp import KEYFRAMES as RTMP_KEYFRAMES
from server.outputs.rtmp import RtmpSink
from server.taps import Tapped

MOST_STREAMS = 4
"""Streams of one session at once."""

FINISH_S = 10.0
"""Seconds that an output may take to write what waits and to complete itself."""

log = logging.getLogger(__name__)


class Output(Protocol):
    """A recording or a stream, while it runs and after."""

    outlet: Outlet

    def hasten(self) -> None:
        """It is about to be ended: wait for nobody any more."""

    def report(self) -> dict[str, Any]:
        """What it is and has done, as JSON has it."""


class InUse(VisavisError):
    """The session has such an output already."""


class Recording:
    """A recording of one session; NoStorage if it cannot be."""

    def __init__(
        self, session: Tapped, allowed: Allowed, stem: str, provenance: Provenance | None
    ) -> None:
        assert allowed.record is not None
        options = session.options
        self._recorder = Recorder(
            allowed.record, stem, options.fps, options.video_codec, provenance
        )
        self.outlet = Outlet(session, self._recorder, "recording", KEYFRAMES)

    def hasten(self) -> None:
        """A disk answers."""

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


class RtmpStream:
    """A session pushed to an address."""

    number = 0

    def __init__(self, session: Tapped, url: str) -> None:
        _check_codec(session)
        fps = session.options.fps
        self._to = without_key(url)
        self._sink = RtmpSink(url, fps, session.label, time.monotonic)
        self.outlet = Outlet(session, self._sink, "stream", RTMP_KEYFRAMES)

    def hasten(self) -> None:
        """See `Output`."""
        self._sink.hasten()

    def report(self) -> dict[str, Any]:
        """``state`` is connecting, live, waiting, finishing, finished or failed."""
        sink = self._sink
        return {
            "stream": self.number,
            "kind": "rtmp",
            "to": self._to,
            "state": state(self.outlet, sink.state),
            "reason": sink.reason,
            "failures": sink.failures,
            "bytes": sink.sent,
            **counts(self.outlet),
        }


class HlsStream:
    """A session that is watched over HLS, by whoever has been given ``name``."""

    number = 0

    def __init__(self, session: Tapped) -> None:
        _check_codec(session)
        self.name = secrets.token_urlsafe(16)
        self.sink = HlsSink(session.options.fps)
        self.outlet = Outlet(session, self.sink, "hls", HLS_KEYFRAMES)

    def hasten(self) -> None:
        """A disk answers."""

    def report(self) -> dict[str, Any]:
        """``state`` is starting, live, finishing, finished or failed."""
        return {
            "stream": self.number,
            "kind": "hls",
            "playlist": f"/hls/{self.name}/{PLAYLIST}",
            "state": state(self.outlet, "live" if self.sink.ready else "starting"),
            "duration_s": round(self.sink.duration, 3),
            **counts(self.outlet),
        }


Stream = RtmpStream | HlsStream


class LiveOutputs:
    """Starts and stops them. ``local_time`` is asked for the time of day, to name files by, and
    ``provenance`` signs them.

    What has ended is remembered as long as its session lives.
    """

    def __init__(
        self,
        allowed: Allowed,
        local_time: Callable[[], time.struct_time],
        provenance: Provenance | None = None,
    ) -> None:
        self._provenance = provenance
        self.allowed = allowed
        self._local_time = local_time
        self._recordings: WeakKeyDictionary[Tapped, Recording] = WeakKeyDictionary()
        self._streams: WeakKeyDictionary[Tapped, list[Stream]] = WeakKeyDictionary()
        self._hls: dict[str, HlsStream] = {}
        self._outlets: set[Outlet] = set()

    def record(self, session: Tapped) -> Recording:
        """Begin to record; NoStorage if it cannot be, InUse if it is being done."""
        if _runs(self._recordings.get(session)):
            raise InUse("this session is being recorded already")
        stem = f"{time.strftime('%Y%m%d-%H%M%S', self._local_time())}-{session.label}"
        recording = Recording(session, self.allowed, stem, self._provenance)
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
        output.hasten()
        output.outlet.close()
        await asyncio.to_thread(output.outlet.join, FINISH_S)

    async def close(self) -> None:
        """End all, and wait until they are complete."""
        outlets, self._outlets = self._outlets, set()
        for outlet in outlets:
            outlet.close()
        await asyncio.gather(*(asyncio.to_thread(one.join, FINISH_S) for one in outlets))
        for stream in self._hls.values():
            stream.sink.remove()

    def stream(self, session: Tapped, url: str | None) -> Stream:
        """Begin to stream: over RTMP to ``url``, or without one over HLS.

        InUse if the session has `MOST_STREAMS` already; UnsupportedMedia unless it is in H.264.
        """
        streams = self.streams(session)
        if sum(one.outlet.running for one in streams) >= MOST_STREAMS:
            raise InUse(f"this session has {MOST_STREAMS} streams already")
        stream = RtmpStream(session, url) if url else HlsStream(session)
        stream.number = len(streams) + 1
        self._streams.setdefault(session, []).append(stream)
        if isinstance(stream, HlsStream):
            self._hls = {name: one for name, one in self._hls.items() if one.sink.folder.exists()}
            self._hls[stream.name] = stream
        self._start(stream.outlet)
        return stream

    def streams(self, session: Tapped) -> list[Stream]:
        """All streams of a session, also those that have ended, in order."""
        return list(self._streams.get(session, ()))

    def watched(self, name: str) -> HlsStream | None:
        """The HLS stream of this name."""
        return self._hls.get(name)

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


def _check_codec(session: Tapped) -> None:
    if session.options.video_codec != "h264":
        remedy = "streams take H.264 alone: begin the session with it"
        raise UnsupportedMedia("video_codec", session.options.video_codec, remedy)


def _runs(output: Output | None) -> bool:
    return output is not None and output.outlet.running
