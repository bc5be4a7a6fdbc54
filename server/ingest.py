"""From received audio to continuous media time.

The engine counts the samples it is given, so its input must have no holes: lost audio is filled
in at the same length, a sender that starts anew is joined on without a jump, and while nothing
arrives at all, silence is fed at real-time pace so that the face lives on. Decisions use RTP
timestamps (RFC 3550, section 5.1) and an injected clock; nothing here performs I/O.

No microphone samples at exactly 48 kHz, and nothing is done about that: media time *is* its count
of samples, so nothing is cut, repeated or resampled, and sound and picture keep their relation by
construction. What a slow or fast microphone does change, when a sample arrives, the playout follows
(`server.playout`), by 0.02 % for a crystal that is 200 ppm off; a listener's own jitter buffer
takes that up, as it does in every call.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]

INPUT_RATE = 48_000
BLOCK = INPUT_RATE // 50
"""Samples of a block given to the engine (20 ms)."""

STARVED_AFTER = 0.15
"""Seconds without audio after which silence is fed."""

MAX_GAP = INPUT_RATE // 5
"""Longest hole (samples) that is filled: beyond ``STARVED_AFTER`` silence was fed already."""

RESTARTED = 5 * INPUT_RATE
"""A timestamp this far back (samples) is a new stream, not late audio."""

PACED = 0.01
"""Seconds between packets above which they come at their own pace, not as a burst."""

MAX_CATCH_UP = 10
"""Blocks of silence fed at once after this process itself was held up."""

TIMESTAMP_SPACE = 1 << 32


class Ingest:
    """Decoded audio with RTP timestamps in, blocks of 960 contiguous samples out."""

    def __init__(self, now: float) -> None:
        self.concealed = 0
        self.late = 0
        self.restarts = 0
        self._pending: Pcm = np.zeros(0, np.int16)
        self._expected: int | None = None
        self._unit = BLOCK
        self._last_audio = self._arrived_at = now - STARVED_AFTER
        self._last_was_late = False
        self._next_silence = now
        self._starved = True

    @property
    def concealed_ms(self) -> float:
        """Milliseconds put where audio was lost."""
        return self.concealed * 1000 / INPUT_RATE

    def hole(self, timestamp: int) -> int:
        """Samples missing before a packet that begins at RTP ``timestamp``.

        0 if none are, or if they are more than is filled: such a stream is joined on. Less than
        the packets' length is closed by joining on as well: whole packets stay whole blocks, so
        that nothing ever waits for the next packet.
        """
        ahead = self._ahead(timestamp)
        return round(ahead / self._unit) * self._unit if self._unit <= ahead <= MAX_GAP else 0

    def audio(self, timestamp: int, pcm: Pcm, now: float, fill: Pcm | None = None) -> list[Pcm]:
        """Take samples (mono, 48 kHz) that begin at RTP ``timestamp``; ``now`` in seconds.

        ``fill`` is put into the ``hole`` before them, silence by default. Returns the blocks that
        are complete, each of shape (960,).
        """
        ahead = self._ahead(timestamp)
        if ahead <= -BLOCK and not self._accept_late(ahead, now):
            self.late += len(pcm)
            return []
        self._last_was_late = False
        self._last_audio = self._arrived_at = now
        self._starved = False
        if hole := self.hole(timestamp):
            self._append(np.zeros(hole, np.int16) if fill is None else fill)
            self.concealed += hole
        elif abs(ahead) >= BLOCK:
            self.restarts += 1
        self._append(pcm)
        self._unit = max(1, min(BLOCK, len(pcm)))
        self._expected = (timestamp + len(pcm)) % TIMESTAMP_SPACE
        return self._blocks()

    def tick(self, now: float) -> list[Pcm]:
        """Blocks of silence that are due at ``now``; call it every 10 to 20 ms."""
        if now - self._last_audio < STARVED_AFTER:
            return []
        if not self._starved:
            self._starved = True
            self._next_silence = now
        if now - self._next_silence > MAX_CATCH_UP * BLOCK / INPUT_RATE:
            self._next_silence = now
        while self._next_silence <= now:
            self._append(np.zeros(BLOCK, np.int16))
            self._next_silence += BLOCK / INPUT_RATE
            if self._expected is not None:
                self._expected = (self._expected + BLOCK) % TIMESTAMP_SPACE
                self.concealed += BLOCK
        return self._blocks()

    def _ahead(self, timestamp: int) -> int:
        """Signed samples between what is expected and ``timestamp``, modulo 2^32."""
        if self._expected is None:
            return 0
        half = TIMESTAMP_SPACE // 2
        return (timestamp - self._expected + half) % TIMESTAMP_SPACE - half

    def _accept_late(self, ahead: int, now: float) -> bool:
        """Whether audio that should have come before is joined on rather than dropped.

        After a stall, what was held up arrives in a burst, its time already filled: it is dropped
        and the delay does not grow. A sender that paused and goes on where it stopped is just as
        "late", but at its own pace: two such packets show it.
        """
        paced = now - self._arrived_at >= PACED
        again = self._last_was_late
        self._last_was_late = True
        self._arrived_at = now
        return ahead < -RESTARTED or (paced and again)

    def _append(self, pcm: Pcm) -> None:
        self._pending = np.concatenate((self._pending, pcm))

    def _blocks(self) -> list[Pcm]:
        count = len(self._pending) // BLOCK
        whole, self._pending = self._pending[: count * BLOCK], self._pending[count * BLOCK :]
        return [whole[i * BLOCK : (i + 1) * BLOCK] for i in range(count)]
