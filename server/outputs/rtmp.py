"""A session pushed to a streaming service over RTMP, again and again if it must be.

The connection is held by a process of its own, see `rtmp_push`; this is the side that feeds it. A
process that takes nothing for `STALL_S` is ended. After each failure the next attempt waits twice
as long as the last, and begins at a keyframe; what comes meanwhile is dropped and counted.
"""

from __future__ import annotations

import logging
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from engine.channel import Kind, Message, pack, unit_message
from engine.timeline import SAMPLE_RATE, Samples
from engine.units import VideoUnit
from server.outputs.allowed import without_key
from server.outputs.outlet import Media

KEYFRAMES: Samples = 2 * SAMPLE_RATE
"""What Twitch asks for, and YouTube at most twice that: viewers join at keyframes."""

STALL_S = 10.0
"""Seconds without a byte taken after which a connection counts as lost."""

HASTE_S = 1.0
"""The same once the stream is to end, and the time for its goodbye."""

BACKOFF_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before the attempts that follow the first."""

SOUND_S = 30.0
"""A connection that lived so long was sound: after it the waits begin anew."""

_GLANCE_S = 0.1
_ROOT = Path(__file__).resolve().parents[2]
log = logging.getLogger(__name__)


class RtmpSink:
    """Feeds one address (an `outlet.Sink`). ``now`` is in seconds.

    ``state`` is connecting, live or waiting; ``reason`` why the last attempt failed; ``attempts``
    counts those that did.
    """

    def __init__(self, url: str, fps: int, name: str, now: Callable[[], float]) -> None:
        self.state = "connecting"
        self.reason: str | None = None
        self.failures = 0
        self.sent = 0
        self._url, self._fps, self._now = url, fps, now
        self._name = f"session {name}: stream to {without_key(url)}"
        self._process: subprocess.Popen[bytes] | None = None
        self._again_at = float("-inf")
        self._waits = 0
        self._live_at: float | None = None
        self._hasten = threading.Event()

    def hasten(self) -> None:
        """It is to end soon: wait for nothing from now on. From any thread."""
        self._hasten.set()

    def write(self, unit: Media) -> bool:
        """See `outlet.Sink`. Nothing that the other side does ends it."""
        if self._process is None:
            begins = isinstance(unit, VideoUnit) and unit.keyframe
            if not begins or self._now() < self._again_at or self._hasten.is_set():
                return False
            self._start()
        self._listen()
        return self._send(pack(unit_message(0, unit)))

    def finish(self) -> None:
        """See `outlet.Sink`."""
        self._end(HASTE_S)

    def abandon(self) -> None:
        """See `outlet.Sink`."""
        self._end(0.0)

    def _start(self) -> None:
        self.state = "connecting"
        self._live_at = None
        self._process = subprocess.Popen(
            [sys.executable, "-m", "server.outputs.rtmp_push"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # FFmpeg's own words, which may have the address
            bufsize=0,
            cwd=_ROOT,
        )
        for end in (self._process.stdin, self._process.stdout):
            assert end is not None
            os.set_blocking(end.fileno(), False)
        self._send(pack(Message(Kind.CONTROL, values={"url": self._url, "fps": self._fps})))

    def _listen(self) -> None:
        """Take what the process says: that it is live, or why it ends."""
        if self._process is None:
            return
        assert self._process.stdout
        for line in (self._process.stdout.read() or b"").decode().splitlines():
            if line == "live":
                self.state, self._live_at, self.reason = "live", self._now(), None
                log.info("%s is live", self._name)
            else:
                self.reason = line

    def _send(self, data: bytes) -> bool:
        """Whether the process took all of it; if not, it is gone."""
        assert self._process and self._process.stdin
        pipe, left = self._process.stdin.fileno(), memoryview(data)
        since = self._now()
        while left:
            _, ready, _ = select.select([], [pipe], [], _GLANCE_S)
            try:
                if ready:
                    left = left[os.write(pipe, left) :]
                    since = self._now()
                    continue
            except BlockingIOError:
                continue  # it has room for less than a page
            except BrokenPipeError:
                self._lost("the connection ended", HASTE_S)
                return False
            if self._now() - since >= (HASTE_S if self._hasten.is_set() else STALL_S):
                self._lost("it takes nothing")
                return False
        self.sent += len(data)
        return True

    def _lost(self, reason: str, patience: float = 0.0) -> None:
        self._end(patience)
        self.failures += 1
        if self._live_at is not None and self._now() - self._live_at >= SOUND_S:
            self._waits = 0
        wait = BACKOFF_S[min(self._waits, len(BACKOFF_S) - 1)]
        self._waits += 1
        self._again_at = self._now() + wait
        self.state, self.reason = "waiting", self.reason or reason
        log.warning("%s failed: %s; again in %d s", self._name, self.reason, wait)

    def _end(self, patience: float) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin and process.stdout
        process.stdin.close()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        said = (process.stdout.read() or b"").decode().splitlines()
        self.reason = next((line for line in said if line != "live"), self.reason)
        process.stdout.close()
